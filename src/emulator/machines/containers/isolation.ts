import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isRealRoot } from '../../real-root.ts';
import { removeTree } from '../remove-tree.ts';
import { ContainerProcess } from './container-process.ts';
import type { Isolation } from './launch.ts';
import { prepareLaunch } from './prepare.ts';

const PROGRAMS = ['bwrap', 'unshare', 'nsenter', 'setpriv', 'mount'];
/** Milliseconds; it takes a tenth of a second. */
const LONGEST_TRIAL = 20_000;
/** Folders that a shell needs. */
const SYSTEM = ['/bin', '/lib', '/lib64', '/usr'];

let known: Promise<Isolation | Error> | undefined;

/**
 * How containers can be had on this machine: as root, or in user namespaces of an ordinary user. Found out once, by starting some.
 * @throws Error with one sentence where neither is possible.
 */
export async function findIsolation(): Promise<Isolation> {
  const found = await (known ??= tryOut().catch((error: Error) => error));
  if (found instanceof Error) throw found;
  return found;
}

async function tryOut(): Promise<Isolation> {
  if (process.platform !== 'linux') throw new Error('Container machines need Linux.');
  for (const program of PROGRAMS) {
    await promisify(execFile)(program, ['--version']).catch(() => {
      const hint = 'Debian has it in bubblewrap, util-linux or mount';
      throw new Error(`Container machines need the program ${program}, which is not in PATH (${hint}).`);
    });
  }
  const isolation = isRealRoot ? 'root' : 'user-namespace';
  for (const uid of [0, 1000]) {
    const { code, message } = await tryUser(uid, isolation);
    if (code === 0) continue;
    throw new Error(
      'Container machines need root with CAP_SYS_ADMIN, or a system that lets ordinary users make user namespaces and mount overlay file systems ' +
        `in them (Linux 5.11 or later). Here it fails: ${message || `exit code ${code}`}`,
    );
  }
  return isolation;
}

/** A container with the machine's own programs in place of an image's. */
async function tryUser(uid: number, isolation: Isolation) {
  const folder = await mkdtemp(join(tmpdir(), 'container-trial-'));
  const rootfs = join(folder, 'rootfs');
  await mkdir(rootfs);
  try {
    const launch = await prepareLaunch(join(folder, 'container'), {
      isolation,
      joins: undefined,
      rootfs,
      user: { uid, gid: uid },
      hostName: 'trial',
      binds: SYSTEM.filter(existsSync).map((path) => ({ from: path, to: path, readOnly: true })),
      environment: {},
      workingDir: '/',
      readOnlyRoot: true,
      capabilities: [],
      argv: ['/bin/sh', '-c', ':'],
    });
    const container = new ContainerProcess(launch, Date.now);
    const late = setTimeout(() => void container.kill(), LONGEST_TRIAL);
    return await container.ended.finally(() => clearTimeout(late));
  } finally {
    await removeTree(folder);
  }
}
