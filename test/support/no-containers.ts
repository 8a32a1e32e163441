import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { findIsolation } from '../../src/emulator/machines/containers/isolation.ts';
import { noAgent } from '../agent/agent-program.ts';
import { BUSYBOX } from './container-images.ts';
import { canHaveDebian } from './debian-image.ts';

const isStatic = async (program: string): Promise<boolean> => {
  const { stderr } = await promisify(execFile)('ldd', [program]).catch((error: Error & { stderr: string }) => error);
  return stderr.includes('not a dynamic executable');
};

/** Why containers cannot be tested here, if they cannot. */
export const noContainers: string | undefined = await findIsolation().then(
  async () => {
    const hasBusybox = existsSync(BUSYBOX) && (await isStatic(BUSYBOX));
    return hasBusybox ? noAgent : `needs a static ${BUSYBOX} (Debian has it in busybox-static)`;
  },
  (error: Error) => error.message,
);

/** Why what needs Debian in them cannot, and that is every whole job. */
export const noDebian = noContainers ?? (canHaveDebian() ? undefined : 'needs debootstrap, and root for it');
