import { readFile, writeFile } from 'node:fs/promises';
import { isLost } from '../../src/state/state-folder.ts';
import { type JobCalls, type Pipes, type StageEnd, startJobCalls } from './job-calls.ts';
import type { World } from './world.ts';

/** A job between prepare and cleanup, its stages called by hand: for tests that do something in between. */
export interface PreparedJob extends JobCalls {
  record(): Promise<PreparedRecord>;
  /** Lets the record name another address for both containers. */
  reach(address: string, port: number): Promise<void>;
  /** Whether a stage has found the group gone. */
  isLost(): Promise<boolean>;
  /** Runs a script as it is, in the build container unless the stage says otherwise. */
  run(script: string, stage?: string): Promise<StageEnd>;
  cleanup(pipes?: Pipes): Promise<StageEnd>;
}

export interface PreparedRecord {
  machine: {
    groupId: string;
    address: string;
    ports: { helper: number; build: number };
    hostKeys: { helper: string; build: string };
    clientKey: string;
  };
}

/** Calls config and prepare of the built driver, as the runner does. */
export async function prepareJob(world: World): Promise<PreparedJob> {
  const calls = await startJobCalls(world);
  const prepared = await calls.start(['prepare']).end;
  if (prepared.code !== 0) throw new Error(prepared.stdout.toString('utf8'));
  const record = async (): Promise<PreparedRecord> =>
    JSON.parse(await readFile(calls.recordFile, 'utf8')) as PreparedRecord;
  return {
    ...calls,
    record,
    reach: async (address, port) => {
      const known = await record();
      const machine = { ...known.machine, address, ports: { helper: port, build: port } };
      await writeFile(calls.recordFile, JSON.stringify({ ...known, machine }));
    },
    isLost: () => isLost(calls.recordFile),
    run: async (script, stage) => (await calls.startRun(script, stage)).end,
    cleanup: (pipes) => calls.start(['cleanup'], pipes).end,
  };
}
