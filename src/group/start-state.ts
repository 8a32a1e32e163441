import type { Fault } from '../driver-error.ts';
import type { ContainerGroup, ContainerState } from '../eci/container-groups.ts';
import { INIT_CONTAINER } from './names.ts';
import { endText } from './loss.ts';

/** What a group that is starting up amounts to. */
export type StartState =
  /** `doing` is for people; `pulling` while an image is on its way. */
  | { readonly kind: 'starting'; readonly doing: string; readonly pulling: boolean }
  | { readonly kind: 'running' }
  | { readonly kind: 'failed'; readonly fault: Fault; readonly sentence: string; readonly hint: string };

/** The kubelet's reasons for an image that does not come (kubelet: `images/types.go`). */
const PULL_REASONS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
]);

/** Texts of registries and container runtimes that no repetition changes. Everything else is left to the platform's own back-off. */
const PERMANENT_PULL =
  /not found|manifest unknown|unauthori[sz]ed|denied|no basic auth|authentication required|invalid reference|does not exist/i;

/** Reasons for which a container will never start, whatever is waited for. */
const CANNOT_START = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CrashLoopBackOff',
  'ContainerCannotRun',
]);

/** @param group undefined when the cloud knows no such group. */
export function startState(id: string, group: ContainerGroup | undefined): StartState {
  if (group === undefined)
    return platform(
      `The container group ${id} disappeared while it was starting.`,
      'Something else deleted it; the runner tries again.',
    );
  // Before the containers: the platform ends them too, and that is nobody's image.
  if (group.status === 'Expired') {
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
  const containers = [...group.initContainers, ...group.containers];
  for (const container of containers) {
    const failed = containerFailure(container, group);
    if (failed) return failed;
  }
  if (group.status === 'Failed' || group.status === 'Succeeded' || group.status === 'ScheduleFailed') {
    const warning = group.events.filter((event) => event.type === 'Warning').at(-1);
    return platform(
      `The container group ${id} ended while it was starting (${group.status}${warning ? `: ${warning.message}` : ''}).`,
      'The runner tries again.',
    );
  }
  if (group.status === 'Running' || group.containers.every((each) => each.state === 'Running'))
    return { kind: 'running' };
  return { kind: 'starting', ...doing(group) };
}

/** Whose container it is decides the colour: the job's image is the user's, helper and agent are the operator's. */
function containerFailure(container: ContainerState, group: ContainerGroup): StartState | undefined {
  const { name, state, reason, exitCode, image } = container;
  const isInit = name === INIT_CONTAINER;
  const fault: Fault = name === 'build' ? 'user' : 'operator';
  if (state === 'Terminated' && !(isInit && exitCode === 0)) {
    return {
      kind: 'failed',
      fault,
      sentence: `The container ${name} (${image}) ended before the job could start: ${endText(reason, exitCode)}${said(container)}.`,
      hint: name === 'build' ? 'Check the image of the job.' : `Check ${settingOf(name)} in the settings.`,
    };
  }
  if (state !== 'Waiting') return undefined;
  if (CANNOT_START.has(reason)) {
    return {
      kind: 'failed',
      fault,
      sentence: `The container ${name} (${image}) cannot start: ${reason}${said(container)}.`,
      hint: name === 'build' ? 'Check the image of the job.' : `Check ${settingOf(name)} in the settings.`,
    };
  }
  const why = PULL_REASONS.has(reason) ? permanentPullFailure(container, group) : undefined;
  if (why === undefined) return undefined;
  return {
    kind: 'failed',
    fault,
    sentence: `The image ${image} of the container ${name} cannot be pulled: ${why}`,
    hint:
      name === 'build'
        ? "Check the image's name and tag, and that the registry lets the group read it."
        : `Check ${settingOf(name)} in the settings, and that the registry lets the group read it.`,
  };
}

/** The registry's own sentence, if it says that waiting is useless. Back-off messages do not repeat it, the events do. */
function permanentPullFailure({ image, reason, message }: ContainerState, group: ContainerGroup): string | undefined {
  if (reason === 'InvalidImageName' || reason === 'ErrImageNeverPull') return message || reason;
  const events = group.events.filter((event) => event.type === 'Warning' && event.message.includes(image));
  return [message, ...events.map((event) => event.message)].find((text) => PERMANENT_PULL.test(text));
}

function doing(group: ContainerGroup): { doing: string; pulling: boolean } {
  const init = group.initContainers.find((each) => each.state === 'Running');
  if (init) return { doing: `init container ${init.name} is running`, pulling: false };
  const failing = [...group.initContainers, ...group.containers].find((each) => PULL_REASONS.has(each.reason));
  if (failing) return { doing: `pulling ${failing.image} fails so far (${failing.reason})`, pulling: true };
  return {
    doing: group.status === 'Pending' ? 'pulling images, starting containers' : 'waiting for resources',
    pulling: true,
  };
}

const said = ({ message }: ContainerState): string => (message ? ` (${message})` : '');

const settingOf = (container: string): string => (container === 'helper' ? 'helper_image' : 'agent_image');

const platform = (sentence: string, hint: string): StartState => ({
  kind: 'failed',
  fault: 'platform',
  sentence,
  hint,
});
