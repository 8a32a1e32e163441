import { appendFile, readFile } from 'node:fs/promises';
import { NAME, VERSION } from '../../src/version.ts';

/** Name of the file that the worlds of a whole test run write to, one action a line; without it nothing is written. */
const file = process.env.ECI_ACTIONS_SEEN;

/** Notes which actions the driver called, whatever became of the calls. What a test asked by itself is left out. */
export async function noteActions(requests: readonly { readonly action: string; readonly client: string }[]) {
  const called = requests.filter(({ client }) => client.includes(`${NAME}/${VERSION}`)).map(({ action }) => action);
  if (file !== undefined && called.length > 0) await appendFile(file, `${[...new Set(called)].join('\n')}\n`);
}

/** @returns the actions that have been noted. @throws Error when no test run has noted any. */
export async function seenActions(): Promise<ReadonlySet<string>> {
  if (file === undefined) throw new Error('ECI_ACTIONS_SEEN has to name the file that a whole test run has written');
  const noted = (await readFile(file, 'utf8')).trimEnd();
  if (noted === '') throw new Error(`no test run has noted a call in ${file}`);
  return new Set(noted.split('\n'));
}
