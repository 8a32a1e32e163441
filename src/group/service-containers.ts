import type { WireParameters, WireValue } from '../eci/container-groups.ts';
import { MOST_HOSTS_PER_ALIAS } from '../eci/limits.ts';
import { wireEntries } from '../eci/wire-entries.ts';
import type { PullPlan } from '../registries/pull-policies.ts';
import { SIDECAR } from '../services/environment.ts';
import type { EnvironmentVariable, Service } from '../services/service.ts';
import type { Settings } from '../settings/schema.ts';
import { type ContainerLimits, limitParameters } from './container-limits.ts';
import { pulledName } from './images.ts';
import { operatorMounts } from './operator-volumes.ts';
import { securityContext } from './security.ts';
import { type Mount, serviceMounts } from './volumes.ts';

/**
 * The containers of a job's services.
 * @param folders of the job; services see the builds, as the job's containers do.
 * @param limits those that fit the group, by the name of the container.
 */
export const serviceContainers = (
  services: readonly Service[],
  settings: Settings,
  folders: readonly Mount[],
  limits: Readonly<Record<string, ContainerLimits>>,
  pullPolicyOf: PullPlan['policyOf'],
): readonly WireParameters[] =>
  services.map((service) => {
    const image = pulledName(service.image, settings);
    return {
      Name: service.container,
      Image: image,
      ImagePullPolicy: pullPolicyOf(service.container, image),
      ...limitParameters(limits[service.container]),
      ...(service.command.length === 0 ? {} : { Command: service.command }),
      ...(service.args.length === 0 ? {} : { Arg: service.args }),
      ...securityContext(settings, 'service', service.runAs),
      EnvironmentVar: [...service.environment, ...SIDECAR].map(wireVariable),
      // A service's own variables may be secret, and whoever may list groups could read them otherwise.
      EnvironmentVarHide: true,
      // As the Kubernetes executor has it: a program that reads its input waits for it, and does not end.
      Stdin: true,
      ...(service.ports.length === 0 ? {} : { Port: service.ports.map((Port) => ({ Port, Protocol: 'TCP' })) }),
      VolumeMount: [...serviceMounts(folders), ...operatorMounts(settings, 'services')],
    };
  });

const wireVariable = ({ key, value }: EnvironmentVariable): WireParameters => ({ Key: key, Value: value });

/** All containers of a group share one address: the loopback one is where services are found. */
const ADDRESS = '127.0.0.1';

/** Entries of /etc/hosts for services, in front of those that somebody else asks for: the first match counts. */
export function serviceHosts(services: readonly Service[], others: WireValue): WireParameters {
  const names = [...new Set(services.flatMap(({ hosts }) => hosts))];
  if (names.length === 0) return {};
  const entries = Array.from({ length: Math.ceil(names.length / MOST_HOSTS_PER_ALIAS) }, (_, index) => ({
    Ip: ADDRESS,
    Hostname: names.slice(index * MOST_HOSTS_PER_ALIAS, (index + 1) * MOST_HOSTS_PER_ALIAS),
  }));
  return { HostAliase: [...entries, ...wireEntries(others)] };
}
