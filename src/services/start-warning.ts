import type { Clock } from '../context.ts';
import { type ContainerGroups, EciError } from '../eci/container-groups.ts';
import { yellow } from '../report/lines.ts';
import { timeLimit } from '../time-limit.ts';
import type { Service } from './service.ts';

/** Of a service's log. */
const TAIL_LINES = 50;
const TAIL_CHARACTERS = 16_384;
/** Milliseconds: nothing waits longer for what is only good to know. */
const PATIENCE = 10_000;

/** Why a service is thought not to work: its container has ended, or its port does not answer. */
export type Doubt =
  | { readonly kind: 'ended'; readonly how: string }
  | { readonly kind: 'silent'; readonly error: string; readonly output: string };

/** The docker executor's block about a service that has probably not started (runner: `executors/docker/services.go`). */
export function startWarning({ image, container }: Service, doubt: Doubt, log: string): string {
  const why =
    doubt.kind === 'ended'
      ? ['Service container ended:', doubt.how, '']
      : [
          'Health check error:',
          `service "${container}" ${doubt.error}`,
          '',
          ...(doubt.output.trim() === '' ? [] : ['Health check container logs:', doubt.output.trim(), '']),
        ];
  return [
    '',
    `${yellow('*** WARNING:')} Service ${image} probably didn't start properly.`,
    '',
    ...why,
    'Service container logs:',
    log,
    '',
    yellow('*********'),
    '',
  ].join('\n');
}

/** The tail of what a service has written, or a word why there is none. Never fails. */
export async function serviceLogTail(
  id: string,
  { container }: Service,
  groups: ContainerGroups,
  clock: Clock,
  stop: AbortSignal,
): Promise<string> {
  const { signal, over } = timeLimit(PATIENCE, clock, stop);
  try {
    const text = await groups.log(id, container, signal);
    const tail = text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n').slice(-TAIL_CHARACTERS);
    return tail === '' ? '(it has written nothing)' : tail;
  } catch (error) {
    return `(ECI does not give it: ${error instanceof EciError ? error.code : 'no answer in time'})`;
  } finally {
    over();
  }
}
