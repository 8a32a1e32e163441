import { seededNumbers } from '../support/seeded-numbers.ts';
import { type Colour, colourOf, ends } from './colours.ts';
import { MOST_FAILED_ATTEMPTS, MOST_OF_A_SUBJECT } from './faults.ts';
import { type FaultRow, MOMENTS } from './row.ts';
import { type ChaosScript, hashOf, outputOf } from './script.ts';

export interface PlannedFault {
  readonly row: FaultRow;
  /** From 0 to 1: what is left to chance. */
  readonly draw: number;
  /** Of the script, for faults in it. */
  readonly tick: number;
}

export interface PlannedJob {
  readonly number: number;
  readonly script: ChaosScript;
  readonly exitCode: number;
  readonly saves: boolean;
  /** In the order of their moments. */
  readonly faults: readonly PlannedFault[];
  /** Known now, before anything runs. */
  readonly colour: Colour;
  /** How much of the script's output the log must have. */
  readonly log: 'whole' | 'beginning' | 'nothing';
  readonly hash: string;
}

export interface PlanOptions {
  readonly seed: number;
  readonly faults: number;
  readonly jobs: number;
  readonly rows: readonly FaultRow[];
}

const SHARE_OF_ENDINGS = 0.75;
const SHARE_OF_RED_SCRIPTS = 0.3;
const SHARE_OF_SAVING = 0.5;
const EXIT_CODES = [1, 2, 7, 42, 137, 255];
const [FEWEST_TICKS, MOST_TICKS] = [20, 40];
const LINES_OF_A_TICK = 30;
/** Faults of a job that never gets a machine: hardly anything else can hit it. */
const MOST_BEFORE = 2;

/** Jobs with their faults and what must become of them: always the same for the same options. */
export function plan({ seed, faults, jobs, rows }: PlanOptions): readonly PlannedJob[] {
  const random = seededNumbers(seed);
  const endings = new Deck(
    rows.filter(({ then }) => ends(then)),
    random,
  );
  const others = new Deck(
    rows.filter(({ then }) => !ends(then)),
    random,
  );
  // What a job has no room for is for the ones behind it.
  let owed = 0;
  return Array.from({ length: jobs }, (_, index) => {
    const count = share(faults, jobs, index) + owed;
    // Nothing comes behind the last one: it has room for all.
    const hasEnding = random() < SHARE_OF_ENDINGS && count > 0 && index < jobs - 1;
    const ending = hasEnding ? endings.take(() => true) : undefined;
    const chosen = ending ? [ending] : [];
    const most = ending?.when === 'before' ? Math.min(count, MOST_BEFORE) : count;
    while (chosen.length < most) {
      const next = others.take((row) => fits(row, chosen));
      if (!next) break;
      chosen.push(next);
    }
    owed = count - chosen.length;
    return jobOf(index + 1, chosen, random);
  });
}

/** Equal shares, what is left over to the first ones. */
const share = (total: number, parts: number, index: number): number =>
  Math.floor(total / parts) + (index < total % parts ? 1 : 0);

const moment = ({ when }: FaultRow): number => MOMENTS.indexOf(when);

/** Whether one more fault can hit a job, and leave what the others do to it. */
export function fits(row: FaultRow, chosen: readonly FaultRow[]): boolean {
  const ending = chosen.find(({ then }) => ends(then));
  if (ending && !canHitBeside(row, ending)) return false;
  const fails = [row, ...chosen].filter(({ then }) => then === 'tries again').length;
  if (fails > MOST_FAILED_ATTEMPTS) return false;
  const same = chosen.filter(({ subject }) => subject === row.subject).length;
  if (same >= (MOST_OF_A_SUBJECT[row.subject] ?? Infinity)) return false;
  // A stage that has had one signal may be over before the next one; an attempt that fails has another one behind it.
  const sameStage = chosen.find(({ subject, when }) => subject === 'process' && when === row.when);
  if (row.subject === 'process' && sameStage && (row.then === 'goes on' || sameStage === row)) return false;
  const all = [row, ...chosen];
  return !all.some(({ spoils }) => spoils !== undefined && all.some(({ needs }) => needs?.includes(spoils)));
}

function canHitBeside(row: FaultRow, ending: FaultRow): boolean {
  if (ending.when === 'before') return row.when === 'config';
  if (ending.when === 'prepare') return row.when === 'config' || (row.when === 'prepare' && row.then === 'tries again');
  // The one that ends the script comes behind the others.
  if (ending.when === 'script' && row.when === 'script') return true;
  return moment(row) < moment(ending) || (row.when === 'cleanup' && ending.then !== 'no word');
}

function jobOf(number: number, rows: readonly FaultRow[], random: () => number): PlannedJob {
  const whole = (most: number): number => Math.floor(random() * most);
  const ticks = FEWEST_TICKS + whole(MOST_TICKS - FEWEST_TICKS + 1);
  const exitCode = random() < SHARE_OF_RED_SCRIPTS ? (EXIT_CODES[whole(EXIT_CODES.length)] ?? 1) : 0;
  const saves = random() < SHARE_OF_SAVING || rows.some(({ needsSaving }) => needsSaving);
  const hangsAt = rows.some(({ hangs }) => hangs) ? ticks - 2 : undefined;
  const faults = rows
    .map((row) => ({ row, draw: random(), tick: row.hangs ? ticks - 2 : 2 + whole(ticks - 6) }))
    .sort((a, b) => moment(a.row) - moment(b.row) || turn(a.row) - turn(b.row) || a.tick - b.tick);
  const word = Array.from({ length: 8 }, () => whole(2 ** 31).toString(36))
    .join('')
    .toUpperCase();
  const script = { job: number, ticks, linesOfATick: LINES_OF_A_TICK, word, exitCode, hangsAt };
  const job = { number, script, exitCode, saves, faults };
  return { ...job, colour: colourOf(job), log: logOf(rows), hash: hashOf(outputOf(script)) };
}

/** Within one moment: while an attempt fails there is another one, and SIGTERM does not always make it fail. */
function turn({ then, fault }: FaultRow): number {
  if (then === 'tries again') return fault.startsWith('SIGTERM') ? 1 : 0;
  return ends(then) ? 3 : 2;
}

function logOf(rows: readonly FaultRow[]): PlannedJob['log'] {
  const ending = rows.find(({ then }) => ends(then));
  if (ending === undefined || moment(ending) > MOMENTS.indexOf('script')) return 'whole';
  if (ending.when === 'script') return ending.hangs ? 'beginning' : 'whole';
  return ending.when === 'before the script' ? 'beginning' : 'nothing';
}

/** Rows in a random order, all of them once before any of them twice. */
class Deck {
  private readonly rows: readonly FaultRow[];
  private readonly random: () => number;
  private waiting: FaultRow[] = [];

  constructor(rows: readonly FaultRow[], random: () => number) {
    this.rows = rows;
    this.random = random;
  }

  /** The next one that will do; what will not waits for another job. */
  take(willDo: (row: FaultRow) => boolean): FaultRow | undefined {
    const waits = this.waiting.find(willDo);
    if (waits === undefined) this.waiting.push(...this.shuffled());
    const found = waits ?? this.waiting.find(willDo);
    if (found) this.waiting.splice(this.waiting.indexOf(found), 1);
    return found;
  }

  private shuffled(): FaultRow[] {
    const rows = [...this.rows];
    for (let last = rows.length - 1; last > 0; last--) {
      const other = Math.floor(this.random() * (last + 1));
      [rows[last], rows[other]] = [rows[other], rows[last]] as [FaultRow, FaultRow];
    }
    return rows;
  }
}
