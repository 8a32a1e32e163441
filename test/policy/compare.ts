import { readFile } from 'node:fs/promises';
import { policyProblems, type RamPolicy } from './ram-policy.ts';
import { seenActions } from './seen-actions.ts';

/**
 * After a whole test run: what the policies allow of ECI is what the driver called, no more and no less.
 * Arguments: the policies. Ends with 1 when one of them does not fit.
 */
const seen = await seenActions();
console.log(`the driver called ${[...seen].sort().join(', ')}`);
for (const file of process.argv.slice(2)) {
  const problems = policyProblems(JSON.parse(await readFile(file, 'utf8')) as RamPolicy, seen);
  for (const problem of problems) console.error(`${file}: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
