import { readFile, stat } from 'node:fs/promises';
import type { ContainerGroup } from '../eci/container-groups.ts';
import { TAG } from '../group/tags.ts';
import { parseInstanceId, presentStartTime } from '../state/caller.ts';
import type { JobRecord } from '../state/job-record.ts';
import type { Facts } from './judge.ts';

/** What can be seen of a group's job: by its record, which knows most, else by the group's tags. */
export function factsOf({ tags }: ContainerGroup, record: JobRecord | undefined): Promise<Facts> {
  if (record) return recordFacts(record);
  return seen(tags[TAG.host], parseInstanceId(tags[TAG.instance] ?? ''), '');
}

export const recordFacts = ({ host, caller, runnerFolder }: JobRecord): Promise<Facts> =>
  seen(host, caller, runnerFolder);

async function seen(host: string | undefined, maker: Facts['maker'], folder: string): Promise<Facts> {
  return {
    host,
    maker,
    presentStart: maker && (await presentStartTime(maker.pid)),
    folderExists: folder === '' ? undefined : await exists(folder),
  };
}

/** Whether `/proc` shows processes of other users, init for one (proc(5), hidepid). */
export const seesAllProcesses = (): Promise<boolean> =>
  readFile('/proc/1/stat').then(
    () => true,
    () => false,
  );

/** Only what is surely not there counts as missing. */
const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
