import type { WireParameters, WireValue } from '../eci/container-groups.ts';
import { wireEntries } from '../eci/wire-entries.ts';
import type { Settings } from '../settings/schema.ts';

/**
 * What CreateContainerGroup is told of registries. `[parameters]` and a job's annotations may name the same parameters: what they have is kept,
 * save a login for a server that the driver has found one for.
 */
export function registryParameters(settings: Settings, credentials: readonly WireParameters[]): WireParameters {
  const { parameters, acr_instance, plain_http_registries, insecure_registries } = settings;
  const instances = acr_instance.map(({ id, region, domains, arn_service, arn_user }) => ({
    InstanceId: id,
    ...(region === undefined ? {} : { RegionId: region }),
    ...(domains === undefined ? {} : { Domain: domains }),
    ...(arn_service === undefined ? {} : { ArnService: arn_service }),
    ...(arn_user === undefined ? {} : { ArnUser: arn_user }),
  }));
  return filled({
    ImageRegistryCredential: merged('Server', credentials, parameters.ImageRegistryCredential),
    AcrRegistryInfo: merged('InstanceId', wireEntries(parameters.AcrRegistryInfo), instances),
    PlainHttpRegistry: hosts(plain_http_registries, parameters.PlainHttpRegistry),
    InsecureRegistry: hosts(insecure_registries, parameters.InsecureRegistry),
  });
}

/** @param first those that count where both have an entry with the same key. */
function merged(key: string, first: readonly WireParameters[], second: WireValue): readonly WireParameters[] {
  const known = first.map((each) => each[key]);
  return [...first, ...wireEntries(second).filter((each) => !known.includes(each[key]))];
}

/** ECI: registries with commas between them. */
const hosts = (registries: readonly string[], given: WireValue): string =>
  [...new Set([...registries, ...(typeof given === 'string' ? given.split(',') : [])])].join(',');

const filled = (parameters: Readonly<Record<string, readonly WireParameters[] | string>>): WireParameters =>
  Object.fromEntries(Object.entries(parameters).filter(([, value]) => value.length > 0));
