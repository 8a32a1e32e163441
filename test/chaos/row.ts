import type { Emulator } from '../../src/emulator/emulator.ts';
import type { RecordedCall } from '../../src/emulator/report.ts';
import type { World } from '../support/world.ts';
import type { Consequence } from './colours.ts';

/** When a fault comes, in the order of a job's life. */
export const MOMENTS = [
  /** Before the job starts. */
  'before',
  'config',
  'prepare',
  'prepare_script',
  'get_sources',
  /** Between get_sources and the script. */
  'before the script',
  /** Behind one of the script's ticks. */
  'script',
  'after_script',
  'upload',
  'cleanup_file_variables',
  'cleanup',
] as const;
export type Moment = (typeof MOMENTS)[number];

/** The job at the moment of a fault. */
export interface Scene {
  readonly world: World;
  readonly emulator: Emulator;
  /** Of the API, as they were answered while faults could come: the collector's calls at the end are none of them. */
  readonly calls: () => readonly RecordedCall[];
  /** The newest group, or an id that does not exist. */
  readonly group: () => string;
  /** To the driver's process that was started last. @returns false when it has ended. */
  readonly signalDriver: (signal: NodeJS.Signals) => boolean;
  /** SIGKILL to GitLab Runner. */
  readonly killRunner: () => boolean;
  /** What lies between the driver and the group; an earlier change ends with it. */
  readonly connections: (mode: 'stall' | 'drop' | 'delay' | 'reset' | 'half-open', seconds?: number) => boolean;
  /** The same once more, after so many milliseconds as if nothing had been. */
  readonly connectionsFor: (milliseconds: number, mode: 'stall' | 'drop' | 'delay', seconds?: number) => boolean;
  /** Runs the collector with no grace. @returns whether it could do its work. */
  readonly collect: () => Promise<boolean>;
}

/** What a fault needs in the world of its job, before this is made. */
export interface Ground {
  /** What the next place that a group is created in has. */
  readonly stock?: 'no-stock' | 'schedule-failed' | 'stuck' | 'no-address';
  /** For good, everywhere. */
  readonly soldOut?: true;
  /** Keys of the rule of an image. */
  readonly image?: string;
  /** The state folder is on a small disk of its own. */
  readonly smallDisk?: true;
}

export type Resource =
  /** The driver's files, without which no collector can tell that a job is dead while its runner lives. */
  | 'files'
  /** Answers of the cloud: the only one who knows what some things were. */
  | 'answers'
  /** Deletions that need not wait for a call's own deadline. */
  | 'quick deletions'
  /** The cleanup of the job, to its end. */
  | 'cleanup';

/** One kind of fault: what it is, when it comes, what it does to the job's colour, and how it is made. */
export interface FaultRow {
  readonly fault: string;
  readonly what: string;
  readonly when: Moment;
  readonly then: Consequence;
  /** Faults of one subject that fit into a job: no more of them than `MOST_OF_A_SUBJECT` says. */
  readonly subject: string;
  /** A number from 0 to 1, the fault's own, decides what is left to chance. */
  readonly ground?: (draw: number) => Ground;
  /** Milliseconds from the stage's start within which it comes, at random; at once if not given. */
  readonly within?: number;
  /** The job's log has to show this first, behind the stage's start. */
  readonly shows?: string;
  /** @returns whether it found what it was meant for. */
  readonly inject?: (scene: Scene, draw: number) => boolean | Promise<boolean>;
  /** Asked when the job is over, in place of the answer of `inject`. */
  readonly tookHold?: (scene: Scene, draw: number) => boolean;
  /** What shows that the driver has noticed: the log goes on, the stage ends, the group is gone. Nobody measures it otherwise. */
  readonly notices?: 'log' | 'stage' | 'group';
  /** The script must not end by itself before. */
  readonly hangs?: true;
  /** The job must have something to save. */
  readonly needsSaving?: true;
  /** The runner is a process of its own. */
  readonly ownRunner?: true;
  /** A fault that spoils something stands beside none that needs it: nobody could say what becomes of such a job. */
  readonly spoils?: Resource;
  readonly needs?: readonly Resource[];
  /** Where it can be made, if not everywhere. */
  readonly only?: 'processes' | 'root';
}
