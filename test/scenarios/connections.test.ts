import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld({ settings: 'keepalive_interval = 0.5' });
});
afterEach(() => world.stop());

/** A script that goes on writing while a test does something to the connections of its group. */
const SCRIPT = ['echo begin | tr a-z A-Z', 'for i in $(seq 40); do echo "line $i"; sleep 0.1; done'];
const LINES = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`);

describe("connections of a group's agents that the emulator", () => {
  it.each([
    ['drops for a while', 'drop', 0],
    ['stalls for a while', 'stall', 0],
    ['delays by half a second', 'delay', 0.5],
    ['resets', 'reset', 0],
    ['forgets', 'half-open', 0],
  ] as const)('%s cost not one line, and the script never notices', async (_, mode, seconds) => {
    let met = false;
    const disturb = async (): Promise<void> => {
      const id = world.emulator.report().groups.left[0]?.id ?? '';
      expect(world.emulator.connections(id, { mode, seconds })).toBe(true);
      await sleep(1500);
      world.emulator.connections(id, { mode: 'normal', seconds: 0 });
    };
    let disturbed: Promise<void> | undefined;
    const { done } = world.start(
      { image: 'alpine:3.20', script: SCRIPT },
      {
        onLog: (chunk) => {
          if (met || !chunk.includes('BEGIN')) return;
          met = true;
          disturbed = disturb();
        },
      },
    );
    const result = await done;
    await disturbed;
    expect(met).toBe(true);
    expect(result.state).toBe('success');
    const lines = world
      .text(result)
      .split('\n')
      .filter((line) => /^line \d+$/.test(line));
    expect(lines).toEqual(LINES);
    await world.nothingLeft();
  });
});
