import type { ContainerParameters } from '../actions/container-parameters.ts';
import type { CloudClock } from '../clock.ts';
import type { ContainerExit, Machine } from '../machine.ts';
import type { GroupState } from './group-state.ts';
import { isExitIgnored, isSidecar } from './sidecars.ts';

/** The kubelet's pauses before it starts a container again, in seconds: none at first, then these, doubled up to the longest. */
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 300;
/** Exit code of a process that KILL ended: 128 + 9. */
const KILLED = 137;
/** Milliseconds after which a container that ran counts as healthy: its pauses begin anew. */
const HEALTHY = 600_000;
/** Real milliseconds that a container's start may take before a clock that is being advanced goes on. */
const START_TIME = 5000;

interface ContainerLifeParts {
  readonly group: GroupState;
  readonly machine: Machine;
  readonly clock: CloudClock;
  /** Aborted when the group is cut short. */
  readonly cut: AbortSignal;
  /** An end that the scenario has for this image, in place of a process. */
  readonly plannedExit: ContainerExit | undefined;
  /** A reason that counts more than what the machine says of the end, and is taken once: OOMKilled. */
  readonly takeReason: (name: string) => string | undefined;
}

/** One container of a running group: its start, its end, and its restarts as the group's RestartPolicy has them. */
export class ContainerLife {
  readonly name: string;
  readonly isSidecar: boolean;
  /** Its exit code does not count. */
  readonly isIgnored: boolean;
  private readonly parts: ContainerLifeParts;
  private exit: Promise<ContainerExit> | undefined;
  /** Set while the next end is to be followed by a start, whatever the policy; told when it runs again. */
  private again: (() => void) | undefined;

  constructor(container: ContainerParameters, parts: ContainerLifeParts) {
    this.name = container.Name;
    this.isSidecar = isSidecar(container);
    this.isIgnored = isExitIgnored(container);
    this.parts = parts;
  }

  /** Resolves when it runs, or when it is known that it cannot. */
  async start(): Promise<void> {
    const { group, machine, clock, cut, plannedExit } = this.parts;
    try {
      if (!plannedExit) {
        const starting = machine.start(this.name);
        await (clock.waitFor?.(starting, START_TIME) ?? starting);
      }
    } catch (error) {
      cut.throwIfAborted();
      const exit = { code: 128, reason: 'ContainerCannotRun', message: (error as Error).message };
      this.exit = Promise.resolve(exit);
      return;
    }
    group.running(this.name);
    this.exit = (plannedExit ? Promise.resolve(plannedExit) : machine.ended(this.name)).catch((error: unknown) => ({
      code: 137,
      reason: 'Error',
      message: String(error),
    }));
  }

  private backOffText(pause: number): string {
    const { request, id } = this.parts.group;
    return `Back-off ${goDuration(pause)} restarting failed container=${this.name} pod=${request.ContainerGroupName}_${id}`;
  }

  /** Ends it without grace, and starts it again whatever the policy. Resolves when it runs again; never, when its group ends first. */
  restart(): Promise<void> {
    return new Promise((resolve) => {
      this.again = resolve;
      this.parts.machine.end?.(this.name, KILLED);
    });
  }

  /** @returns the exit code of its last end; after start. Never, when it is started again and again. */
  async over(): Promise<number> {
    const { group, clock, cut, takeReason } = this.parts;
    for (let pause = 0; ; pause = pause === 0 ? FIRST_PAUSE : Math.min(LONGEST_PAUSE, pause * 2)) {
      const startedAt = clock.now();
      const { code, reason, message } = (await this.exit) ?? { code: 128, reason: 'Error', message: 'not started' };
      group.terminated(this.name, code, takeReason(this.name) ?? reason, message);
      const policy = group.request.RestartPolicy;
      const { again } = this;
      this.again = undefined;
      if (cut.aborted || (!again && (policy === 'Never' || (policy === 'OnFailure' && code === 0)))) return code;
      if (again || clock.now() - startedAt >= HEALTHY) pause = 0;
      if (pause === 0) group.restarting(this.name);
      else group.restarting(this.name, this.backOffText(pause));
      await clock.sleep(pause * 1000, cut);
      await this.start();
      again?.();
    }
  }
}

/** As Go writes durations: `10s`, `2m40s`, `5m0s`. */
const goDuration = (seconds: number): string =>
  seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
