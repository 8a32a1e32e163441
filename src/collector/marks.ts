import * as z from 'zod/mini';
import { readJson } from '../state/files.ts';
import { save } from '../state/state-folder.ts';
import { type CollectorScope, collectorFile } from './scope.ts';

/** Seconds between the pass that marks a group and the one that deletes it. */
export const GRACE = 120;

/** By group: since when it has looked as if nobody needs it, in milliseconds since the epoch by the manager's clock. */
export type Marks = Readonly<Record<string, number>>;

const MarksSchema = z.object({ version: z.literal(1), marks: z.record(z.string(), z.number()) });

const marksFile = (scope: CollectorScope): string => collectorFile(scope, 'json');

/** What an earlier pass of this host has found. Lost or unreadable marks only make the collector slower. */
export async function readMarks(scope: CollectorScope): Promise<Marks> {
  const parsed = MarksSchema.safeParse(await readJson(marksFile(scope)));
  return parsed.success ? parsed.data.marks : {};
}

/** @throws DriverError (operator): without marks there is no second pass. */
export const writeMarks = (scope: CollectorScope, marks: Marks): Promise<void> =>
  save(marksFile(scope), JSON.stringify({ version: 1, marks }), scope.stateDir);

/**
 * What a pass does about one group that nobody seems to need: marked first, deleted by a pass that finds it so again when the grace is over. A
 * mark from the future is of a clock that was set back, and counts from now.
 * @param grace in milliseconds.
 */
export function secondPass(since: number | undefined, grace: number, now: number): { due: boolean; since: number } {
  const marked = since === undefined || since > now ? now : since;
  return { due: now - marked >= grace, since: marked };
}
