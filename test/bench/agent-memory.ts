import { readFile } from 'node:fs/promises';
import { commandLine, descendants } from '../../src/emulator/machines/containers/process-tree.ts';

export interface ResidentMemory {
  /** In MB. */
  readonly now: number;
  /** The most that there has ever been. */
  readonly peak: number;
}

/** Of the agent in the one build container of this process's emulator. */
export const buildAgentMemory = async (): Promise<ResidentMemory> =>
  residentMemory(await readFile(`/proc/${buildAgent()}/status`, 'utf8'));

/** Containers are processes below the emulator's. Their parents have the agent's words as well, behind their own. */
function buildAgent(): number {
  const [pid, ...others] = descendants(process.pid).all.filter((each) => {
    const [, verb, ...flags] = commandLine(each).split('\0');
    return verb === 'serve' && flags.includes('--container=build');
  });
  if (pid === undefined || others.length > 0) throw new Error(`${others.length + (pid ? 1 : 0)} build agents, not one`);
  return pid;
}

/** @param status of a process, as in /proc/PID/status (man 5 proc): its kB have 1024 bytes. */
export function residentMemory(status: string): ResidentMemory {
  const megabytes = (field: string): number => {
    const [, kib] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
    if (kib === undefined) throw new Error(`the system does not tell ${field}`);
    return (Number(kib) * 1024) / 1e6;
  };
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}
