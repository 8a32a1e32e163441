import * as z from 'zod/mini';
import type { Context } from '../context.ts';
import type { ContainerGroups } from '../eci/container-groups.ts';
import type { WholeLines } from '../report/whole-lines.ts';
import { streamServiceLogs } from '../services/log-stream.ts';
import type { JobRecord, Machine } from '../state/job-record.ts';
import { loadShownLogs, saveShownLogs } from '../state/state-folder.ts';

/** The most that ECI gives of a log. */
const MOST_LINES = 2000;

const Positions = z.record(z.string(), z.object({ count: z.int(), tail: z.array(z.string()) }));

/** The logs of a job's services in its own log while a script runs. @returns as `streamServiceLogs`. */
export const showServiceLogs = (
  { services = [] }: JobRecord,
  { groupId }: Machine,
  recordFile: string,
  groups: () => Promise<ContainerGroups>,
  ports: Pick<Context, 'clock' | 'signal'> & { readonly output: WholeLines },
): (() => Promise<void>) =>
  streamServiceLogs(services, {
    ...ports,
    ask: async (container, signal) => (await groups()).log(groupId, container, signal, MOST_LINES),
    load: async () => Positions.safeParse(await loadShownLogs(recordFile)).data ?? {},
    save: (positions) => saveShownLogs(recordFile, positions),
  });
