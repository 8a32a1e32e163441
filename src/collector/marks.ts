import * as z from 'zod/mini';
import { readJson } from '../state/files.ts';
import { save } from '../state/state-folder.ts';
import { type CollectorScope, collectorFile } from './scope.ts';

/** Seconds between the pass that marks a group and the one that deletes it. */
export const GRACE = 120;

/** By group: since when something was seen of it, in milliseconds since the epoch by the manager's clock. */
type Since = Readonly<Record<string, number>>;

export interface Marks {
  /** It looks as if nobody needs them. */
  readonly needless: Since;
  /** They are being deleted. */
  readonly ending: Since;
}

const since = z.record(z.string(), z.number());
const MarksSchema = z.object({ version: z.literal(1), marks: since, ending: z._default(since, {}) });

const marksFile = (scope: CollectorScope): string => collectorFile(scope, 'json');

/** What an earlier pass of this host has found. Lost or unreadable marks only make the collector slower. */
export async function readMarks(scope: CollectorScope): Promise<Marks> {
  const parsed = MarksSchema.safeParse(await readJson(marksFile(scope)));
  return parsed.success ? { needless: parsed.data.marks, ending: parsed.data.ending } : { needless: {}, ending: {} };
}

/** @throws DriverError (operator): without marks there is no second pass. */
export const writeMarks = (scope: CollectorScope, { needless, ending }: Marks): Promise<void> =>
  save(marksFile(scope), JSON.stringify({ version: 1, marks: needless, ending }), scope.stateDir);

/**
 * What a pass does about one group that nobody seems to need: marked first, deleted by a pass that finds it so again when the grace is over. A
 * mark from the future is of a clock that was set back, and counts from now. It counts in the same way how long a group is being deleted.
 * @param grace in milliseconds.
 */
export function secondPass(since: number | undefined, grace: number, now: number): { due: boolean; since: number } {
  const marked = since === undefined || since > now ? now : since;
  return { due: now - marked >= grace, since: marked };
}
