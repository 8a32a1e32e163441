import type { Fault } from '../driver-error.ts';
import { interpret } from '../eci/answers/interpret.ts';
import type { ContainerGroup, ContainerState } from '../eci/container-groups.ts';
import type { FailedPull } from '../registries/pull-policies.ts';
import { announcedReclaim, hasEndedInArrears, hasReachedDeadline, hostFailure } from './announced-end.ts';
import type { Service } from '../services/service.ts';
import { INIT_CONTAINER } from './names.ts';
import { endText } from './loss.ts';

/** What a group that is starting up amounts to. */
export type StartState =
  /** `doing` is for people; `pulling` while an image is on its way. */
  | {
      readonly kind: 'starting';
      readonly doing: string;
      readonly pulling: boolean;
      readonly pull?: FailedPull;
      /** What the platform says of a volume that it could not mount so far. */
      readonly notMounted?: string;
    }
  | { readonly kind: 'running' }
  | {
      readonly kind: 'failed';
      readonly fault: Fault;
      readonly sentence: string;
      readonly hint: string;
      readonly pull?: FailedPull;
    };

/**
 * @param group undefined when the cloud knows no such group.
 * @param services those of the group: one that has ended is no failure, only its image can be.
 */
export function startState(
  id: string,
  group: ContainerGroup | undefined,
  services: readonly Service[] = [],
): StartState {
  if (group === undefined)
    return platform(
      `The container group ${id} disappeared while it was starting.`,
      'Something else deleted it; the runner tries again.',
    );
  // Before the containers: the platform ends them too, and that is nobody's image.
  const hasEnded = group.containers.some((each) => each.state === 'Terminated');
  if (hasEndedInArrears(group)) {
    return platform(
      `Alibaba Cloud has ended the container group ${id} while it was starting, because the account owes money.`,
      'Its owner has to settle that.',
    );
  }
  if (group.status === 'Expired' || (hasEnded && announcedReclaim(group))) {
    return platform(
      `The spot instance ${id} was reclaimed by Alibaba Cloud while it was starting.`,
      'The runner tries again.',
    );
  }
  if (group.status === 'Terminating') {
    return platform(
      `The container group ${id} is being deleted while it is starting, but not by this job.`,
      'The runner tries again.',
    );
  }
  if (hasReachedDeadline(group)) {
    return platform(
      `The container group ${id} reached its deadline while it was starting, and ECI ended it.`,
      'The runner tries again.',
    );
  }
  const failedHost = hostFailure(group);
  if (failedHost !== undefined) {
    return platform(
      `The host under the container group ${id} failed while it was starting (${failedHost}).`,
      'The runner tries again.',
    );
  }
  const containers = [...group.initContainers, ...group.containers];
  for (const container of containers) {
    const failed = containerFailure(container, group, serviceOf(container, services));
    if (failed) return failed;
  }
  if (group.status === 'Failed' || group.status === 'Succeeded' || group.status === 'ScheduleFailed') {
    const warning = group.events.filter((event) => event.type === 'Warning').at(-1);
    return platform(
      `The container group ${id} ended while it was starting (${group.status}${warning ? `: ${warning.message}` : ''}).`,
      'The runner tries again.',
    );
  }
  const isUp = (each: ContainerState): boolean =>
    each.state === 'Running' || (each.state === 'Terminated' && serviceOf(each, services) !== undefined);
  if (group.status === 'Running' || group.containers.every(isUp)) return { kind: 'running' };
  const notMounted = mountFailure(group);
  if (notMounted === undefined) return { kind: 'starting', ...doing(group) };
  return { kind: 'starting', doing: 'mounting volumes fails so far', pulling: false, notMounted };
}

/** The kubelet mounts all volumes before it pulls the first image. */
const MOUNTED = new Set(['Pulling', 'Pulled', 'Created', 'Started']);

/** Events stay in the list: one about a mount is of the past once an image has been asked for. */
function mountFailure({ events }: ContainerGroup): string | undefined {
  if (events.some(({ reason }) => MOUNTED.has(reason))) return undefined;
  return events.findLast(({ reason }) => MOUNT_REASONS.has(reason))?.message;
}

const MOUNT_REASONS = new Set(['FailedMount', 'FailedAttachVolume', 'AttachDiskFailed']);

const serviceOf = ({ name }: ContainerState, services: readonly Service[]): Service | undefined =>
  services.find(({ container }) => container === name);

/** Whose container it is decides the colour: the job's image and services are the user's, helper, agent and the settings' services the operator's. */
function containerFailure(
  container: ContainerState,
  group: ContainerGroup,
  service: Service | undefined,
): StartState | undefined {
  const { name, state, reason, exitCode, image } = container;
  const isInit = group.initContainers.includes(container);
  const isUsers = name === 'build' || service?.owner === 'job';
  const failed = (sentence: string, hint: string): StartState & { kind: 'failed' } => ({
    kind: 'failed',
    fault: isUsers ? 'user' : 'operator',
    sentence,
    hint: isUsers ? hint : `Check ${service ? '[[services]]' : settingOf(name)} in the settings. ${hint}`,
  });
  // A service may do its work and end, or fail: that is a warning, said once the job can start.
  if (state === 'Terminated' && service) return undefined;
  if (state === 'Terminated' && !(isInit && exitCode === 0)) {
    const end = `${endText(reason, exitCode)}${said(container)}`;
    return failed(`The container ${name} (${image}) ended before the job could start: ${end}.`, 'Check the image.');
  }
  if (state !== 'Waiting' || reason === '') return undefined;
  const { answer, text } = waitingFor(container, group);
  if (answer.means !== 'give-up') return undefined;
  if (answer.class === 'image') {
    const refused = failed(
      `The image ${image} of the container ${name} cannot be pulled: ${text || reason}`,
      answer.hint ?? 'Check the image.',
    );
    const pull = { container: name, image, text: text || reason, mayPass: reason === 'ErrImageNeverPull' };
    return { ...refused, ...(answer.fault === 'owner' ? {} : { fault: 'operator' }), pull };
  }
  return answer.class === 'container'
    ? failed(
        `The container ${name} (${image}) cannot start: ${reason}${said(container)}.`,
        answer.hint ?? 'Check the image.',
      )
    : undefined;
}

/**
 * What the one table says of a waiting container. A registry's refusal stands in the container's message or, once the platform backs off, in
 * the group's events alone: the first text that ends the waiting counts.
 */
function waitingFor({ image, reason, message }: ContainerState, group: ContainerGroup) {
  const events = group.events.filter((event) => event.type === 'Warning' && event.message.includes(image));
  const texts = [message, ...events.map((event) => event.message)];
  const all = texts.map((text) => ({ text, answer: interpret(reason, text) }));
  return all.find(({ answer }) => answer.means === 'give-up') ?? { text: message, answer: interpret(reason, message) };
}

function doing(group: ContainerGroup): { doing: string; pulling: boolean; pull?: FailedPull } {
  const init = group.initContainers.find((each) => each.state === 'Running');
  if (init) return { doing: `init container ${init.name} is running`, pulling: false };
  const failing = [...group.initContainers, ...group.containers].find(
    (each) => each.state === 'Waiting' && interpret(each.reason, each.message).class === 'image',
  );
  if (failing) {
    const { name, image, reason } = failing;
    const pull = { container: name, image, text: pullError(failing, group) || reason, mayPass: true };
    return { doing: `pulling ${image} fails so far (${reason})`, pulling: true, pull };
  }
  return {
    doing: group.status === 'Pending' ? 'pulling images, starting containers' : 'waiting for resources',
    pulling: true,
  };
}

/** While the platform backs off, the container's own message says no more than that. */
const pullError = ({ image, message }: ContainerState, group: ContainerGroup): string =>
  group.events.findLast((event) => event.reason === 'Failed' && event.message.includes(image))?.message ?? message;

const said = ({ message }: ContainerState): string => (message ? ` (${message})` : '');

function settingOf(container: string): string {
  if (container === 'helper') return 'helper_image';
  return container === INIT_CONTAINER ? 'agent_image' : `the container ${container} of init_containers`;
}

const platform = (sentence: string, hint: string): StartState => ({
  kind: 'failed',
  fault: 'platform',
  sentence,
  hint,
});
