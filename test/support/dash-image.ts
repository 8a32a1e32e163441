import { execFile } from 'node:child_process';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Images } from './container-images.ts';

export const DASH_IMAGE = 'registry.example.com/dash:1';

/** Debian's /bin/sh in place of busybox's, with the libraries that it needs. */
export async function addDash(images: Images | undefined): Promise<void> {
  const { stdout } = await promisify(execFile)('ldd', ['/bin/dash']);
  const libraries = [...stdout.matchAll(/(\/\S+\.so\S*) /g)].map(([, path = '']) => path);
  await images?.addBusybox(DASH_IMAGE, {}, async (rootfs) => {
    for (const shell of ['sh', 'ash', 'bash', 'hush']) await rm(join(rootfs, 'bin', shell), { force: true });
    for (const [from, to] of [['/bin/dash', '/bin/sh'], ...libraries.map((path) => [path, path])]) {
      await mkdir(dirname(join(rootfs, to ?? '')), { recursive: true });
      await copyFile(from ?? '', join(rootfs, to ?? ''));
    }
  });
}
