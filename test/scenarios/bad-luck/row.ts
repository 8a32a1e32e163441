import type { Emulator } from '../../../src/emulator/emulator.ts';
import type { RecordedCall } from '../../../src/emulator/report.ts';
import type { JobFields } from '../../standin/job.ts';
import type { World, WorldOptions } from '../../support/world.ts';

/** How a job ends for GitLab. */
export type Ending = 'job succeeds' | `job fails, exit code ${number}` | 'system failure, exit code 2';

/** One thing that goes wrong in a whole job, and what comes of it. The table in docs/bad-luck.md is made from these rows. */
export interface BadLuck {
  readonly what: string;
  /** A sentence of the job log; `…` stands for anything within a line. */
  readonly reads: string;
  readonly ending: Ending;
  /** Who tries again. */
  readonly retriedBy: string;
  /** Exit codes of the prepare calls, one an attempt; of config, when it comes no further. */
  readonly attempts: readonly number[];
  /** Create calls that reached the API, and groups that came of them. Other calls are bounded by `MOST_CALLS`. */
  readonly creates: number;
  readonly groups: number;
  readonly world?: WorldOptions;
  readonly job?: JobFields;
  /** What else has to hold of the calls. */
  readonly calls?: (requests: readonly RecordedCall[]) => boolean;
  /** Over the runner's own environment. */
  readonly environment?: (world: World) => Readonly<Record<string, string>>;
  /** A shell command that runs in place of the driver's prepare, in front of it. */
  readonly beforePrepare?: string;
  /** The agent has to lie, which only that of process machines can. */
  readonly agentLies?: boolean;
  /** Before the job. */
  readonly before?: (emulator: Emulator, world: World) => void | Promise<void>;
  /** Once, when the job log first has this text. */
  readonly when?: { readonly log: string; readonly then: (emulator: Emulator, group: string) => void };
}

export const IMAGE = 'registry.example.com/app:1';

const RUNNER = 'GitLab Runner, three times; then `retry: when: runner_system_failure`';
const NOBODY = 'nobody: the author must act';
const DRIVER = 'the driver, in the same attempt';
const NEXT_ATTEMPT = 'GitLab Runner, in the next attempt';

export const SYSTEM = { ending: 'system failure, exit code 2', retriedBy: RUNNER, attempts: [2, 2, 2] } as const;
export const FAILED = { ending: 'job fails, exit code 1', retriedBy: NOBODY, attempts: [1] } as const;
export const MENDED = { ending: 'job succeeds', retriedBy: DRIVER, attempts: [0] } as const;
export const SECOND = { ending: 'job succeeds', retriedBy: NEXT_ATTEMPT, attempts: [2, 0] } as const;

export const image = (rest: string, name = IMAGE): WorldOptions => ({
  scenario: `[[image]]\nname = "${name}"\n${rest}`,
});
export const stock = (rest: string): string => `[[stock]]\n${rest}`;
export const NOTHING = { creates: 0, groups: 0 };
/** Searches of one round, so that attempts can be counted. */
export const ONE_DOOR = 'instance_types = ["ecs.c6.2xlarge"]\npoll_timeout = 0';
export const ONE_ROUND = 'poll_timeout = 0';
