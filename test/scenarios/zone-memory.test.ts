import { afterEach, expect, it } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

const ZONES = 'abcdefghij'.split('').map((letter) => `cn-beijing-${letter}1`);
const OPEN = ZONES.at(-1) ?? '';
const vswitches = ZONES.map((zone) => `[[vswitch]]\nid = "vsw-${zone}"\nzone = "${zone}"`).join('\n');

/** Twelve jobs of one host at once. @returns how often each knocked at a door. */
async function wave(first: number): Promise<number[]> {
  const ids = Array.from({ length: 12 }, (_, index) => first + index);
  const jobs = ids.map((id) => world.run({ id, image: 'alpine:3.20', script: ['true'] }));
  const results = await Promise.all(jobs);
  expect(results.map((result) => result.state)).toEqual(ids.map(() => 'success'));
  return ids.map(
    (id) =>
      world.emulator
        .requests()
        .filter(
          (call) => call.action === 'CreateContainerGroup' && call.parameters.ContainerGroupName?.includes(`-j${id}-`),
        ).length,
  );
}

it('twelve jobs at once, nine of ten zones empty: the second wave knocks at no closed door', async () => {
  world = await startWorld({
    onlyVSwitches: vswitches,
    scenario: ZONES.slice(0, -1)
      .map((zone) => `[[stock]]\nzone = "${zone}"\nanswers = ["no-stock"]`)
      .join('\n'),
    settings: 'instance_types = ["ecs.c6.2xlarge"]\nzone_memory = 120\npoll_timeout = 60',
  });
  const before = await wave(1000);
  const after = await wave(2000);
  console.log(`attempts per job, first wave:  ${before.join(' ')}\nattempts per job, second wave: ${after.join(' ')}`);
  expect(Math.max(...before)).toBeGreaterThan(1);
  expect(after).toEqual(after.map(() => 1));
  const zones = new Set(
    world.emulator
      .requests()
      .filter((call) => call.parameters.ContainerGroupName?.includes('-j2'))
      .map((call) => call.parameters.VSwitchId),
  );
  expect([...zones]).toEqual([`vsw-${OPEN}`]);
  await world.nothingLeft();
}, 180_000);
