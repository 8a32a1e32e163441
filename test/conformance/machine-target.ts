import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineKind } from '../../src/emulator/machine.ts';
import { bringUp } from '../emulator-machines/running-machine.ts';
import { keyPair } from './key-pair.ts';
import type { StartTarget } from './target.ts';

/** The platform's patience. */
const GRACE = 10;

/**
 * A machine of the emulator with one container, brought up as the cloud does it: install, then serve.
 * @param kindFor the folder of its groups.
 * @param image of kinds that have images.
 */
export const machineTarget =
  (kindFor: (root: string) => MachineKind, image?: string): StartTarget =>
  async (lifetimes = {}) => {
    const root = await mkdtemp(join(tmpdir(), 'conformance-'));
    const { machine, wire, endpoint } = await bringUp(root, {
      kind: kindFor(root),
      ...(image === undefined ? {} : { image }),
      ...lifetimes,
    });
    wire.close();
    return {
      ...endpoint,
      otherKey: keyPair().private,
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
