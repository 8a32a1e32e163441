import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine, MachineKind, MachineSpec } from '../../src/emulator/machine.ts';
import { processMachines } from '../../src/emulator/machines/process-machines.ts';
import { keyPair } from '../conformance/key-pair.ts';
import { eventually } from '../conformance/eventually.ts';
import { dial, type Endpoint, type Wire } from '../conformance/wire.ts';
import { freeAddress, groupOf, type GroupFields, PORT } from './machine-group.ts';

export interface RunningMachine {
  readonly machine: Machine;
  readonly spec: MachineSpec;
  readonly endpoint: Endpoint;
  readonly wire: Wire;
}

/** Seconds that are longer than any test. */
const LONG = 600;

export type MachineOptions = Partial<GroupFields> & { readonly kind?: MachineKind; readonly gitlabRunner?: string };

/** Hands a test a folder that is removed after it. */
export async function withRoot(test: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'machines-'));
  try {
    await test(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Brings a group with one container up below a folder. */
export async function bringUp(root: string, options: MachineOptions = {}): Promise<RunningMachine> {
  const { kind, gitlabRunner, ...fields } = options;
  const [host, client] = [keyPair(), keyPair()];
  const { address = freeAddress() } = fields;
  const keys = { hostKey: host.private, clientKey: client.public };
  const machines = kind ?? processMachines({ root, ...(gitlabRunner === undefined ? {} : { gitlabRunner }) });
  const podAddress = machines.isRelayed ? freeAddress() : address;
  const spec = groupOf({ address, podAddress, root, ...keys, maxLifetime: LONG, abandonAfter: LONG, ...fields });
  const machine = machines.create(spec);
  const installed = await machine.runInit('agent');
  if (installed.code !== 0) throw new Error(installed.message);
  await machine.start('build');
  const endpoint = { address, port: PORT, hostKey: host.public, clientKey: client.private };
  return { machine, spec, endpoint, wire: await dialUntilItAnswers(endpoint) };
}

/** A real agent listens a moment after its start. */
async function dialUntilItAnswers(endpoint: Endpoint): Promise<Wire> {
  let wire: Wire | undefined;
  await eventually('an answer of the agent', async () => {
    wire = await dial(endpoint).catch(() => undefined);
    return wire !== undefined;
  });
  return wire as Wire;
}
