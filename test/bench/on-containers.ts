import { noDebian } from '../support/no-containers.ts';
import { type PreparedJob, prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';
import { buildAgentMemory } from './agent-memory.ts';
import { groupReady, SDK_AND_SSH } from './group-ready.ts';
import { lineDelays } from './line-delay.ts';
import { compare, figuresOf } from './measure.ts';
import { hasOpenSsh } from './open-ssh.ts';
import { contenders, emptyProgram, OPEN_SSH, programsFor } from './programs.ts';
import { print, tableOf } from './table.ts';

const NO_DELAYS = 'scheduling = 0\nimage_pull = 0\ncached_pull = 0\nstart = 0\n';
const MEGABYTES = 100;
/** A log of lines, as long as those of compilers are. Made once: its making is not what is compared. */
const LOG = `[ -f log ] || yes '${'a line of the log '.repeat(5)}' | head -c ${MEGABYTES}000000 > log\ncat log\n`;
const TRIVIAL = 'echo done\n';
const MEMORY_ROUNDS = 5;

/** What a group costs with the real agent in its containers, against OpenSSH's client. */
export async function onContainers(): Promise<void> {
  const missing = noDebian ?? ((await hasOpenSsh()) ? undefined : "needs OpenSSH's client");
  if (missing !== undefined) return print(`The rows about container machines are left out: ${missing}\n`);
  print('Agents are real ones in container machines of the emulator, which takes no time of its own where it can.\n');
  const world = await startWorld({ machines: 'containers', delays: NO_DELAYS });
  try {
    const { figures, emulator } = await groupReady(world);
    print(
      tableOf(
        "group ready: from the start to both agents answering, without the emulator's own part (ms)",
        figures,
        SDK_AND_SSH,
      ),
    );
    print(tableOf("the emulator's own part: from the create call to the later agent's start (ms)", [emulator]));
    await memory(world);
    await runs(world);
  } finally {
    await world.stop();
  }
}

async function runs(world: World): Promise<void> {
  const prepared = await prepareDirectly(world);
  const programs = await programsFor(world, prepared);
  const trivial = contenders(programs, (run) => run(TRIVIAL));
  const starts = await compare(30, [...trivial, emptyProgram]);
  print(tableOf('run of a trivial script, connection included (ms; aim: 1.0 x)', starts, OPEN_SSH));
  const log = await compare(
    10,
    contenders(programs, (run) => run(LOG)),
  );
  print(tableOf(`run that writes ${MEGABYTES} MB (ms; aim: 0.77 x, which is 1.3 times as fast)`, log, OPEN_SSH));
  const delays = await compare(5, contenders(programs, lineDelays));
  print(tableOf('delay of a line (ms; aim: 1, at most 15)', delays, OPEN_SSH));
  await prepared.cleanup();
}

/** Each round has a group of its own: what an agent has once taken it need not give back. */
async function memory(world: World): Promise<void> {
  const found: Record<string, number[]> = { 'at rest': [], 'after a job': [], [`peak of ${MEGABYTES} MB`]: [] };
  const [rest = [], after = [], peak = []] = Object.values(found);
  for (let round = 0; round < MEMORY_ROUNDS; round++) {
    const prepared = await prepareDirectly(world);
    const { driver } = await programsFor(world, prepared);
    rest.push((await buildAgentMemory()).now);
    await driver(TRIVIAL);
    after.push((await buildAgentMemory()).now);
    await driver(LOG);
    peak.push((await buildAgentMemory()).peak);
    await prepared.cleanup();
    await world.nothingLeft();
  }
  const figures = Object.entries(found).map(([name, values]) => figuresOf(name, values));
  print(tableOf("the agent's resident memory (MB; aim: 12)", figures));
}

/** A prepared job whose stages reach the build container's agent without the emulator's relay, which is in this process. */
async function prepareDirectly(world: World): Promise<PreparedJob> {
  const prepared = await prepareJob(world);
  const { stdout } = await prepared.run('hostname --ip-address\n');
  await prepared.reach(stdout.toString('utf8').trim(), (await prepared.record()).machine.ports.build);
  return prepared;
}
