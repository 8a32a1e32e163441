import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '../../src/ssh/connect.ts';
import { loadRecord } from '../../src/state/state-folder.ts';
import { DRIVER } from '../support/bundle.ts';
import { startJobCalls } from '../support/job-calls.ts';
import type { PreparedRecord } from '../support/prepared-job.ts';
import type { World } from '../support/world.ts';
import { bundled } from '../support/bundled.ts';
import { compare, type Figures, figuresOf } from './measure.ts';
import type { GroupOrder, MadeGroup } from './minimal-group.ts';
import { sshCommand, writeSshFiles } from './open-ssh.ts';
import { succeeded, timed } from './timed.ts';

type Machine = PreparedRecord['machine'];
const CONTAINERS = ['helper', 'build'] as const;
const HELLO = 'hello {"protocol":1}';
const ROUNDS = 15;
/** Milliseconds between two looks, as the world's settings have it for the driver. */
const INTERVAL = 100;
export const SDK_AND_SSH = 'SDK and ssh';

export interface GroupReady {
  /** Milliseconds from a program's start to its end, when both agents have answered, less those of `emulator`. */
  readonly figures: readonly Figures[];
  /** From the create call's coming to the start of the later agent: what no program can change. */
  readonly emulator: Figures;
}

/** Lets `prepare` and a plain program with the SDK and OpenSSH's client make the same group in turn. */
export async function groupReady(world: World): Promise<GroupReady> {
  const { machine } = await prepare(world);
  const orderFile = join(world.folder, 'bench-order');
  await writeFile(orderFile, JSON.stringify(await orderOf(world, machine)));
  await remove(world, machine);
  const peer = [
    process.execPath,
    await bundled(fileURLToPath(new URL('minimal-group.ts', import.meta.url)), world.folder),
    orderFile,
  ] as const;
  const emulator: number[] = [];
  const less = async (milliseconds: number, made: Machine): Promise<number> => {
    emulator.push((await lastStart(made)) - lastCreate(world).at);
    await remove(world, made);
    return milliseconds - (emulator.at(-1) ?? 0);
  };
  const figures = await compare(ROUNDS, [
    {
      name: 'prepare',
      run: async () => {
        const prepared = await prepare(world);
        return less(prepared.milliseconds, prepared.machine);
      },
    },
    {
      name: SDK_AND_SSH,
      run: async () => {
        let output = '';
        const milliseconds = await succeeded(
          timed(peer, world.environment, (chunk) => (output += chunk.toString('utf8'))),
        );
        return less(milliseconds, { ...machine, ...(JSON.parse(output) as MadeGroup) });
      },
    },
  ]);
  return { figures, emulator: figuresOf('emulator', emulator) };
}

/** `prepare` alone is timed: `config`, which comes before it, asks nothing of the cloud. */
async function prepare(world: World): Promise<{ readonly milliseconds: number; readonly machine: Machine }> {
  const calls = await startJobCalls(world);
  const command = [process.execPath, DRIVER, 'prepare', '--config', world.settingsFile] as const;
  const milliseconds = await succeeded(timed(command, calls.environment));
  const machine = (await loadRecord(calls.recordFile))?.machine;
  if (!machine) throw new Error('prepare has left no record');
  return { milliseconds, machine };
}

/** What the driver has asked for last, and the keys that it has made for it. */
async function orderOf(world: World, machine: Machine): Promise<GroupOrder> {
  const parameters = Object.entries(lastCreate(world).parameters);
  const files = await writeSshFiles(world.folder, machine);
  const { endpoint, scenario } = world.emulator;
  return {
    endpoint,
    accessKeyId: scenario.access_key_id,
    accessKeySecret: scenario.access_key_secret,
    // The same token would be answered with the same group.
    request: Object.fromEntries(parameters.filter(([name]) => name !== 'ClientToken')),
    hello: CONTAINERS.map((container) => sshCommand(files, 'ADDRESS', machine.ports[container], container, HELLO)),
    interval: INTERVAL,
  };
}

function lastCreate({ emulator }: World) {
  const call = emulator.requests().findLast(({ action }) => action === 'CreateContainerGroup');
  if (!call) throw new Error('no group was created');
  return call;
}

async function remove(world: World, { groupId }: Machine): Promise<void> {
  world.emulator.removeGroup(groupId);
  await world.nothingLeft();
}

/** When the later one of a group's agents was started, in milliseconds since the epoch. */
async function lastStart(machine: Machine): Promise<number> {
  const starts = CONTAINERS.map(async (container) => {
    const { address, ports, hostKeys, clientKey } = machine;
    const agent = { host: address, port: ports[container], hostKey: hostKeys[container], clientKey };
    const connection = await connect(agent, AbortSignal.timeout(10_000));
    try {
      const { stream } = await connection.exec(HELLO);
      let answer = '';
      for await (const chunk of stream as AsyncIterable<Buffer>) answer += chunk.toString('utf8');
      return Date.now() - (JSON.parse(answer) as { uptime: number }).uptime * 1000;
    } finally {
      connection.close();
    }
  });
  return Math.max(...(await Promise.all(starts)));
}
