import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { JobCalls, StartedCall } from './job-calls.ts';
import type { World, WorldOptions } from './world.ts';

/** The record of a create call that is under way is there before the call. */
const createSent = async ({ recordFile }: JobCalls): Promise<void> => {
  await expect
    .poll(() => readFile(recordFile, 'utf8').catch(() => ''), { timeout: 20_000, interval: 10 })
    .toContain('"state":"sent"');
};
const shows =
  (text: string) =>
  (_: JobCalls, call: StartedCall): Promise<void> =>
    call.shown(text);

/** A moment in the middle of prepare. */
export interface PreparePhase {
  readonly name: string;
  readonly world: WorldOptions;
  readonly before?: (world: World) => void;
  readonly reached: (calls: JobCalls, call: StartedCall) => Promise<void>;
}

export const PREPARE_PHASES: readonly PreparePhase[] = [
  {
    name: 'a create call is under way',
    world: {},
    before: ({ emulator }) => emulator.fault({ action: 'CreateContainerGroup', fault: 'delay', seconds: 2 }),
    reached: createSent,
  },
  {
    name: 'it waits for capacity',
    world: { scenario: '[[stock]]\nanswers = ["no-stock"]', settings: 'poll_timeout = 120\npoll_interval = 20' },
    reached: shows('Waiting for capacity'),
  },
  {
    name: 'images are pulled',
    world: { scenario: '[[image]]\nname = "*"\npull_seconds = 60' },
    reached: shows('pulling images'),
  },
  {
    name: 'nothing answers over SSH yet',
    world: { scenario: '[[image]]\nname = "*"\nssh = "never"' },
    reached: shows('waiting for its SSH server'),
  },
];
