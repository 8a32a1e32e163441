import type { WireParameters, WireValue } from '../eci/container-groups.ts';
import { wireEntries } from '../eci/wire-entries.ts';
import { pulledAddress } from '../registries/vpc-address.ts';
import type { Settings } from '../settings/schema.ts';

/**
 * What CreateContainerGroup is told of registries. `[parameters]` and a job's annotations may name the same parameters: what they have is kept,
 * save a login for a server that the driver has found one for.
 */
export function registryParameters(settings: Settings, credentials: readonly WireParameters[]): WireParameters {
  const parameters = sentParameters(settings);
  const { acr_instance, plain_http_registries, insecure_registries } = settings;
  const instances = acr_instance.map(({ id, region, domains, arn_service, arn_user }) => ({
    InstanceId: id,
    ...(region === undefined ? {} : { RegionId: region }),
    ...(domains === undefined ? {} : { Domain: domains.map(pulledAddress(settings)) }),
    ...(arn_service === undefined ? {} : { ArnService: arn_service }),
    ...(arn_user === undefined ? {} : { ArnUser: arn_user }),
  }));
  return filled({
    ImageRegistryCredential: merged('Server', credentials, givenLogins(settings)),
    AcrRegistryInfo: merged('InstanceId', wireEntries(parameters.AcrRegistryInfo), instances),
    PlainHttpRegistry: hosts(plain_http_registries, parameters.PlainHttpRegistry),
    InsecureRegistry: hosts(insecure_registries, parameters.InsecureRegistry),
  });
}

/** The logins of `[parameters]`, as they are sent. */
export const givenLogins = (settings: Settings): readonly WireParameters[] =>
  wireEntries(sentParameters(settings).ImageRegistryCredential);

/** `[parameters]` as they are sent: as they stand, but for registries where images are pulled by other addresses than they have there. */
export function sentParameters(settings: Settings): WireParameters {
  const { parameters, vpc_registries } = settings;
  if (!vpc_registries) return parameters;
  const address = pulledAddress(settings);
  const { ImageRegistryCredential: logins, AcrRegistryInfo: instances } = parameters;
  return {
    ...parameters,
    ...(logins === undefined ? {} : { ImageRegistryCredential: addressedLogins(wireEntries(logins), address) }),
    ...(instances === undefined
      ? {}
      : { AcrRegistryInfo: wireEntries(instances).map((each) => addressed('Domain', each, address)) }),
  };
}

/** An entry whose registries at this key go by the address that images are pulled by. */
function addressed(key: string, entry: WireParameters, address: (name: string) => string): WireParameters {
  const { [key]: value } = entry;
  const changed = (each: WireValue): WireValue => (typeof each === 'string' ? address(each) : each);
  return value === undefined ? entry : { ...entry, [key]: Array.isArray(value) ? value.map(changed) : changed(value) };
}

/** One login a server: those that are written for the address itself come before those of the registry's other one. */
function addressedLogins(
  logins: readonly WireParameters[],
  address: (name: string) => string,
): readonly WireParameters[] {
  const changed = logins.map((login) => ({ login, sent: addressed('Server', login, address) }));
  const isAsWritten = ({ login, sent }: (typeof changed)[number]): boolean => login.Server === sent.Server;
  const [asWritten, others] = [changed.filter(isAsWritten), changed.filter((each) => !isAsWritten(each))];
  return merged(
    'Server',
    asWritten.map(({ sent }) => sent),
    others.map(({ sent }) => sent),
  );
}

/** @param first those that count where both have an entry with the same key. */
function merged(
  key: string,
  first: readonly WireParameters[],
  second: readonly WireParameters[],
): readonly WireParameters[] {
  const known = first.map((each) => each[key]);
  return [...first, ...second.filter((each) => !known.includes(each[key]))];
}

/** ECI: registries with commas between them. */
const hosts = (registries: readonly string[], given: WireValue): string =>
  [...new Set([...registries, ...(typeof given === 'string' ? given.split(',') : [])])].join(',');

const filled = (parameters: Readonly<Record<string, readonly WireParameters[] | string>>): WireParameters =>
  Object.fromEntries(Object.entries(parameters).filter(([, value]) => value.length > 0));
