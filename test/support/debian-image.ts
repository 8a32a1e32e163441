import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fullImageName } from '../../src/emulator/images/image-name.ts';
import type { ImageStore } from '../../src/emulator/images/image-store.ts';

/** Kept between runs: it takes most of a minute to make. */
const CACHE = join(process.env.XDG_CACHE_HOME ?? tmpdir(), 'gitlab-eci-executor-tests');
const run = promisify(execFile);

const RELEASE = 'bookworm';
const IMAGE = join(CACHE, `debian-${RELEASE}-git`);
const MAKING = 600_000;

const isMade = (): boolean => existsSync(IMAGE);

/** Whether it is there, or can be made. */
export const canHaveDebian = (): boolean =>
  isMade() || (process.getuid?.() === 0 && existsSync('/usr/sbin/debootstrap'));

/** Arguments: the image, and a folder for what is not finished. Only one run makes it; the others wait for the lock. */
const MAKE = `set -e
if [ -d "$1" ]; then exit; fi
rm -rf "$2"
debootstrap --variant=minbase --include=git ${RELEASE} "$2/rootfs" >&2
mv "$2" "$1"`;

/** Makes it, unless an earlier run has. */
export async function makeDebian(): Promise<void> {
  if (isMade()) return;
  await mkdir(CACHE, { recursive: true });
  const script = ['sh', '-c', MAKE, 'make', IMAGE, `${IMAGE}.new`];
  await run('flock', [join(CACHE, 'lock'), ...script], { timeout: MAKING });
}

/** Adds an image with a program of this machine, which has to be static or find its libraries in Debian. */
export async function addDebianWith(store: ImageStore, name: string, program: string, path: string): Promise<void> {
  await makeDebian();
  await store.add(name, async (rootfs) => {
    await run('cp', ['--archive', '--reflink=auto', `${IMAGE}/rootfs/.`, rootfs]);
    await copyFile(program, join(rootfs, path));
    return {};
  });
}

/** Puts a Debian with real bash and git into a store of images, under these names. */
export async function addDebian(images: string, names: readonly string[]): Promise<void> {
  await makeDebian();
  for (const name of names) await symlink(IMAGE, join(images, encodeURIComponent(fullImageName(name))));
}
