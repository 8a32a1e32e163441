import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Evidence } from './evidence.ts';

/** Milliseconds between two looks, and at most for which one process is looked at. */
const INTERVAL = 20;
const LONGEST = 120_000;

const read = (file: string): Promise<Buffer> => readFile(file).catch(() => Buffer.alloc(0));

/** Keeps the arguments of a process and of everything below it, and the environments of what is below it, until it ends. */
export async function watchProcess(pid: number, evidence: Evidence): Promise<void> {
  const seen = new Set<string>();
  const deadline = Date.now() + LONGEST;
  while (Date.now() < deadline && (await lookAt(pid, evidence, seen, ''))) await sleep(INTERVAL);
}

/** @param parent arguments of the process above; empty for the first one. @returns whether the process is there. */
async function lookAt(pid: number, evidence: Evidence, seen: Set<string>, parent: string): Promise<boolean> {
  const line = (await read(`/proc/${pid}/cmdline`)).toString('latin1');
  // What has just been made is its parent's image until it becomes another program.
  if (line !== '' && line !== parent && !seen.has(`${pid} ${line}`)) {
    seen.add(`${pid} ${line}`);
    evidence.add('the arguments of a process', Buffer.from(line, 'latin1'));
    if (parent !== '') evidence.addChildEnvironment(await read(`/proc/${pid}/environ`));
  }
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => undefined);
  const below = (children ?? '').split(' ').filter((each) => each !== '');
  await Promise.all(below.map((child) => lookAt(Number(child), evidence, seen, line)));
  return children !== undefined;
}
