import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processMachines } from '../../src/emulator/machines/process-machines.ts';
import { freeAddress, groupOf, PORT } from '../emulator-machines/machine-group.ts';
import { keyPair } from './key-pair.ts';
import type { StartTarget } from './target.ts';

/** Seconds that are longer than any test. */
const LONG = 600;
/** The platform's patience. */
const GRACE = 10;

/** A machine of the emulator with one container, brought up as the cloud does it: install, then serve. */
export const startProcessMachine: StartTarget = async ({ maxLifetime = LONG, abandonAfter = LONG } = {}) => {
  const root = await mkdtemp(join(tmpdir(), 'conformance-'));
  const [host, client, other] = [keyPair(), keyPair(), keyPair()];
  const address = freeAddress();
  const spec = groupOf({ address, root, hostKey: host.private, clientKey: client.public, maxLifetime, abandonAfter });
  const machine = processMachines({ root }).create(spec);
  const installed = await machine.runInit('agent');
  if (installed.code !== 0) throw new Error(installed.message);
  await machine.start('build');
  return {
    address,
    port: PORT,
    hostKey: host.public,
    clientKey: client.private,
    otherKey: other.private,
    container: 'build',
    hasProc: process.platform === 'linux',
    stop: async () => {
      await machine.stop(GRACE);
      return machine.ended('build');
    },
    ended: () => machine.ended('build'),
    close: async () => {
      await machine.stop(0);
      await machine.remove();
      await rm(root, { recursive: true, force: true });
    },
  };
};
