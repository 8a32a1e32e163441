import { loadavg } from 'node:os';
import type { RecordedCall } from '../../../src/emulator/report.ts';
import type { JobResult } from '../../standin/job-run.ts';
import { startWorld, type World, type WorldOptions } from '../../support/world.ts';
import { figuresOf } from '../measure.ts';
import { print, rounded } from '../table.ts';
import { type Crowd, crowd, wrongColours } from './crowd.ts';

/** A group starts in about twenty seconds, as with an image of a few hundred MB that is not in a cache. */
const REAL_DELAYS = 'scheduling = 5\nimage_pull = 12\ncached_pull = 12\nstart = 2\nschedule_failed = 5\n';

/** The driver's own defaults, but for the patience that a machine needs on which everything runs at once, cloud and groups included. */
const SETTINGS = 'poll_interval = 3\npoll_timeout = 600\nzone_memory = 120\norder = "price"\nssh_timeout = 600';

const ZONES = 'abcdefghij'.split('').map((letter) => `cn-beijing-${letter}1`);
const TEN_ZONES = ZONES.map((zone) => `[[vswitch]]\nid = "vsw-${zone}"\nzone = "${zone}"`).join('\n');
const EIGHT_EMPTY = ZONES.slice(0, 8)
  .map((zone) => `[[stock]]\nzone = "${zone}"\nanswers = ["no-stock"]`)
  .join('\n');

/** Of vCPU: room for all of them, which is not what is measured here. */
const QUOTA = '[account]\nvcpu_quota = 10000\n';

/** Many jobs at a time, in a cloud that has the account's real limits. Process machines: what a group costs belongs to the cloud. */
export async function underLoad(): Promise<void> {
  print(`Jobs of one manager on the emulator, with ECI's own limits of calls. Load of the machine before: ${load()}\n`);
  await show('1 job that starts in 20 s', { jobs: 1, within: 0 });
  await show('200 jobs at the same time, started within 20 s', { jobs: 200, within: 20_000 });
  await show(
    '50 jobs that start within one second, eight of ten zones empty',
    { jobs: 50, within: 1000 },
    { onlyVSwitches: TEN_ZONES, scenario: EIGHT_EMPTY },
  );
}

const load = (): string => loadavg().map(rounded).join(' ');

async function show(
  title: string,
  order: { jobs: number; within: number },
  { scenario = '', ...options }: WorldOptions = {},
): Promise<void> {
  const startedAt = performance.now();
  const more = {
    machines: 'processes',
    delays: REAL_DELAYS,
    settings: SETTINGS,
    scenario: `${QUOTA}${scenario}`,
  } as const;
  const world = await startWorld({ ...options, ...more });
  try {
    const found = await crowd(world, order.jobs, order.within);
    print(`${title} (${rounded((performance.now() - startedAt) / 1000)} s, load of the machine ${load()})`);
    for (const [what, value] of rowsOf(found, world)) print(`  ${what.padEnd(40)} ${value}`);
    print('');
  } finally {
    await world.stop();
  }
}

function rowsOf({ results, waiting }: Crowd, world: World): readonly (readonly [string, string])[] {
  const calls = world.emulator.requests();
  const wrong = wrongColours(results);
  const throttled = calls.filter(({ code }) => code.startsWith('Throttling'));
  const byThrottling = wrong.filter(({ log }) => log.includes('Throttling'));
  const figures = (name: keyof Crowd['waiting'][number]): string => {
    const { median, most } = figuresOf(
      name,
      waiting.map((cost) => cost[name]),
    );
    return waiting.length === 0 ? 'not all of the jobs waited at once' : `${rounded(median)}, at most ${rounded(most)}`;
  };
  return [
    ['wrong colours', `${wrong.length} of ${results.length}`],
    ['failed by throttling', `${byThrottling.length}`],
    ['API calls a job', rounded(calls.length / results.length)],
    ['', byAction(calls)],
    ['calls that ECI throttled', `${throttled.length} of ${calls.length}`],
    ...(throttled.length === 0 ? [] : [['', byAction(throttled)] as const]),
    ['memory of a waiting run (MiB, PSS)', figures('memory')],
    ['its files', figures('files')],
    ['its sockets', figures('sockets')],
    ['its threads', figures('threads')],
    ['from the start to a machine (s)', seconds(results, ({ stage }) => stage === 'prepare')],
    ['slowest stage', slowestStage(results)],
    ...wrong.slice(0, 3).map(({ state, log }) => ['wrong', `${state}: ${log.toString('utf8').slice(-300)}`] as const),
  ];
}

/** `CreateContainerGroup 200, …` */
function byAction(calls: readonly RecordedCall[]): string {
  const counts = new Map<string, number>();
  for (const { action } of calls) counts.set(action, (counts.get(action) ?? 0) + 1);
  return [...counts].map(([action, count]) => `${action} ${count}`).join(', ');
}

type DriverCall = JobResult['calls'][number];

function seconds(results: readonly JobResult[], isMeant: (call: DriverCall) => boolean): string {
  const taken = results.flatMap(({ calls }) => calls.filter(isMeant).map(secondsOf));
  const { median, most } = figuresOf('', taken);
  return `${rounded(median)}, at most ${rounded(most)}`;
}

/** Beside `prepare`, which waits for the cloud, and the script, which waits for the others. */
function slowestStage(results: readonly JobResult[]): string {
  const [slowest] = results
    .flatMap(({ calls }) => calls)
    .filter(({ stage }) => stage !== 'prepare' && stage !== 'build_script')
    .sort((a, b) => secondsOf(b) - secondsOf(a));
  return slowest === undefined ? 'none' : `${slowest.stage}, ${rounded(secondsOf(slowest))} s`;
}

const secondsOf = ({ startedAt, endedAt = startedAt }: DriverCall): number => (endedAt - startedAt) / 1000;
