import type { World } from '../support/world.ts';

/** What differs between two runs of one job, whichever runner runs it. */
const RUN_OF_ITS_OWN: readonly (readonly [RegExp, string])[] = [
  [/section_(start|end):\d+/g, 'section_$1:TIME'],
  // Names and ids of the runner itself.
  [/^(\S* {2}on ).*$/m, '$1RUNNER'],
  // The stand-in's short pause between attempts.
  [/Will be retried in \S+ \.\.\./g, 'Will be retried in PAUSE ...'],
  // What the driver tells of a group that starts depends on when it looks.
  [/(?<=section_start:TIME:eci_start)[^]*?(?=section_end:TIME:eci_start|$)/g, ''],
  [/eci-emu[0-9a-f]{16}/g, 'GROUP'],
  // Folders of a group are named by the attempt.
  [/(?<=WORLD\/cloud\/)[0-9a-f]{16}(?=\/)/g, 'ATTEMPT'],
  [/(?<=Gitaly correlation ID: )[0-9a-f]{32}/g, 'ID'],
  [/(?<=after )\d+(?= ms)/g, 'N'],
  [/\b\d+(\.\d+)? s\b/g, 'N s'],
  // What bash says of a command that was killed; a cancel may come before it has begun.
  [/^Terminated\n/gm, ''],
  [/build_script\.\w+\.script: line \d+: +\d+ /g, 'SCRIPT: '],
];

/** A job's log without what no two runs have in common; the rest is the same byte for byte. */
export function comparableLog(log: Buffer, { folder }: World): string {
  const text = log.toString('latin1').replaceAll(folder, 'WORLD');
  return RUN_OF_ITS_OWN.reduce((result, [pattern, by]) => result.replace(pattern, by), text);
}
