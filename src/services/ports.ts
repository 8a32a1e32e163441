import type { Settings } from '../settings/schema.ts';
import { type EnvironmentVariable, refusedService, type Service, type ServiceOwner } from './service.ts';

/** The variable by which a service tells which port answers when it can be used (GitLab: "HEALTHCHECK_TCP_PORT"). */
const HEALTH_PORT = 'HEALTHCHECK_TCP_PORT';

const LARGEST_PORT = 65_535;

/** @throws DriverError (user; operator for a service of the settings) when it is no port. */
export function healthPortOf(
  image: string,
  owner: ServiceOwner,
  variables: readonly EnvironmentVariable[],
): number | undefined {
  const text = variables.find(({ key }) => key === HEALTH_PORT)?.value ?? '';
  if (text === '') return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= LARGEST_PORT) return port;
  throw refusedService(
    owner,
    `${HEALTH_PORT} of the service ${image} is no port from 1 to ${LARGEST_PORT}.`,
    'Write the number of one TCP port that the service listens on.',
  );
}

/**
 * All containers of a group share one address. What services say of their ports is compared; which others they listen on, nobody knows before.
 * @throws DriverError (user; operator where only the settings have part in it) when two need the same one.
 */
export function checkPorts(services: readonly Service[], { helper, ports }: Settings): void {
  const taken = new Map<number, Service>();
  const agents = new Map([...(helper ? [[ports.helper, 'helper'] as const] : []), [ports.build, 'build'] as const]);
  for (const service of services) {
    const { healthPort } = service;
    for (const port of new Set([...service.ports, ...(healthPort === undefined ? [] : [healthPort])])) {
      const agent = agents.get(port);
      if (agent !== undefined) {
        throw refusedService(
          service.owner,
          `The service ${service.image} uses port ${port}, on which the driver reaches the ${agent} container: all containers of a group share one address.`,
          `Let the service listen on another port, or ask the operator to set ports.${agent} to one that no service uses.`,
        );
      }
      const other = taken.get(port);
      if (other !== undefined) {
        throw refusedService(
          other.owner === 'settings' ? service.owner : 'job',
          `The services ${other.image} and ${service.image} both use port ${port}: all containers of a group share one address.`,
          'Let one of them listen on another port.',
        );
      }
      taken.set(port, service);
    }
  }
}
