import type { Clock } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import type { ContainerGroup, ContainerGroups } from '../eci/container-groups.ts';
import { look } from '../group/look.ts';
import { endText } from '../group/loss.ts';
import { Polling } from '../group/poll.ts';
import { startState } from '../group/start-state.ts';
import type { JobLog } from '../report/job-log.ts';
import type { Settings } from '../settings/schema.ts';
import { dial, type DialPorts, type Silence } from './health-check.ts';
import type { Service } from './service.ts';
import { type Doubt, serviceLogTail, startWarning } from './start-warning.ts';

export interface ServicePorts {
  readonly groups: ContainerGroups;
  readonly log: JobLog;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** To the container that dials: the helper, or build where that is the helper too. */
  readonly connect: DialPorts['connect'];
}

/**
 * Waits until the services that name a HEALTHCHECK_TCP_PORT answer on it. One that does not in time, or any that has ended by then, has a
 * warning with the tail of its log, and the job goes on.
 * @param id of a group whose agents have answered.
 * @throws DriverError when the group is lost meanwhile.
 */
export async function waitForServices(
  id: string,
  services: readonly Service[],
  settings: Pick<Settings, 'wait_for_services_timeout' | 'poll_interval'>,
  ports: ServicePorts,
): Promise<void> {
  if (services.length === 0) return;
  const { groups, log, clock, signal } = ports;
  const silent = settings.wait_for_services_timeout > 0 ? await dialAll(id, services, settings, ports) : NONE;
  const ended = endedAmong(services, examine(id, await look(groups, id, signal), services));
  for (const service of services) {
    const how = ended.get(service);
    const silence = silent.get(service);
    if (how === undefined && silence === undefined) continue;
    const doubt: Doubt =
      how === undefined ? { kind: 'silent', error: '', output: '', ...silence } : { kind: 'ended', how };
    await log.line(startWarning(service, doubt, await serviceLogTail(id, service, groups, clock, signal)));
  }
}

const NONE: ReadonlyMap<Service, Silence> = new Map();

/** @returns those that did not answer. */
async function dialAll(
  id: string,
  services: readonly Service[],
  settings: Pick<Settings, 'wait_for_services_timeout' | 'poll_interval'>,
  ports: ServicePorts,
): Promise<ReadonlyMap<Service, Silence>> {
  const { log, clock } = ports;
  const { wait_for_services_timeout: timeout } = settings;
  const over = new AbortController();
  const signal = AbortSignal.any([ports.signal, over.signal]);
  const dials = services.flatMap((service) =>
    service.healthPort === undefined ? [] : [{ service, port: service.healthPort, ended: new AbortController() }],
  );
  if (dials.length === 0) return NONE;
  await log.line(`Waiting for services to be up and running (timeout ${timeout} seconds)...`);
  const deadline = clock.now() + timeout * 1000;
  const stopEnded = (group: ContainerGroup | undefined): void => {
    const ended = endedAmong(services, group);
    for (const each of dials) if (ended.has(each.service)) each.ended.abort();
  };
  const lost = watch(id, services, settings.poll_interval, { ...ports, signal }, stopEnded);
  // The end of what comes second is looked at by nobody.
  lost.catch(() => undefined);
  const answers = Promise.all(
    dials.map(async ({ service, port, ended }) => {
      const silence = await dial(port, { ...ports, signal: AbortSignal.any([signal, ended.signal]), deadline });
      return silence === undefined ? [] : [[service, silence] as const];
    }),
  );
  answers.catch(() => undefined);
  try {
    return new Map((await Promise.race([answers, lost])).flat());
  } finally {
    over.abort();
  }
}

/** Looks at the group again and again while services are waited for. Never resolves: it ends with the signal, or throws when the group is lost. */
async function watch(
  id: string,
  services: readonly Service[],
  pollInterval: number,
  { groups, clock, signal }: Pick<ServicePorts, 'groups' | 'clock' | 'signal'>,
  seen: (group: ContainerGroup | undefined) => void,
): Promise<never> {
  const polling = new Polling(pollInterval, clock, signal);
  while (true) {
    await polling.pause(Infinity);
    seen(examine(id, await look(groups, id, signal), services));
  }
}

/** @throws DriverError when the group cannot run the job. */
function examine(
  id: string,
  seen: Awaited<ReturnType<typeof look>>,
  services: readonly Service[],
): ContainerGroup | undefined {
  if (seen === 'unknown') return undefined;
  const state = startState(id, seen.group, services);
  if (state.kind === 'failed') throw new DriverError(state.fault, state.sentence, { hint: state.hint });
  return seen.group;
}

/** Services whose container has ended, with how. */
function endedAmong(services: readonly Service[], group: ContainerGroup | undefined): ReadonlyMap<Service, string> {
  return new Map(
    services.flatMap((service) => {
      const found = group?.containers.find(({ name }) => name === service.container);
      if (found?.state !== 'Terminated') return [];
      const said = found.message === '' ? '' : ` (${found.message})`;
      return [[service, `${endText(found.reason, found.exitCode)}${said}`] as const];
    }),
  );
}
