import type { ContainerSpec, LogLine } from '../machine.ts';
import { isAgentCommand } from './agent-command.ts';

/** Statuses of a container that TERM or KILL ended: 128 and the signal's number. */
const TERMINATED = 143;
const KILLED = 137;
const LOG = 'eci-emulator: nothing runs in this sidecar, because process machines run the agent only.\n';

/** Whether a container of process machines has nothing in it: a sidecar whose program is not the agent. */
export const isIdle = (container: ContainerSpec): boolean => container.sidecar && !isAgentCommand(container);

/** What stands for a sidecar on machines that cannot run its program: something that has started, does nothing, and ends when it is told to. */
export class IdleSidecar {
  /** Resolves with the container's exit code. */
  readonly ended: Promise<number>;
  private readonly startedAt: number;
  private markEnded: (code: number) => void = () => undefined;

  /** @param startedAt milliseconds since the epoch. */
  constructor(startedAt: number) {
    this.startedAt = startedAt;
    this.ended = new Promise((resolve) => (this.markEnded = resolve));
  }

  stop(): Promise<void> {
    return this.kill(TERMINATED);
  }

  kill(code = KILLED): Promise<void> {
    this.markEnded(code);
    return Promise.resolve();
  }

  killScripts(): number {
    return 0;
  }

  log(): readonly LogLine[] {
    return [{ at: this.startedAt, text: LOG }];
  }
}
