import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ImageStore } from '../../src/emulator/images/image-store.ts';
import { EMULATOR } from '../support/bundle.ts';

interface Outcome {
  readonly code?: number;
  readonly stdout: string;
  readonly stderr: string;
}

const emulator = (args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Outcome> =>
  promisify(execFile)(process.execPath, [EMULATOR, ...args], { env }).catch((error: unknown) => error as Outcome);

async function folderOf(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'emulator-import-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('eci-emulator import', () => {
  it('takes the folder of a root file system into the images, and says where it is', async () => {
    const folder = await folderOf();
    const [source, images] = [join(folder, 'source'), join(folder, 'images')];
    await mkdir(join(source, 'bin'), { recursive: true });
    expect(await emulator(['import', source, '--images', images, '--name', 'own:1'])).toEqual({
      stdout: `docker.io/library/own:1 is in ${images}\n`,
      stderr: '',
    });
    expect(new ImageStore(images).has('own:1')).toBe(true);
  });

  it('says in a line what is wrong', async () => {
    const images = join(await folderOf(), 'images');
    const missing = await emulator(['import', '/no/such/image.tar', '--images', images]);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toMatch(/^ENOENT: .*\/no\/such\/image\.tar'\n$/);
  });
});

describe('eci-emulator with container machines', () => {
  it('does not start where there can be none, and says why', async () => {
    const file = join(await folderOf(), 'scenario.toml');
    await writeFile(file, 'machines = "containers"\nimages = "/srv/images"\n[[vswitch]]\nid = "vsw-h"\nzone = "h"\n');
    const { code, stdout, stderr } = await emulator(['--scenario', file], { PATH: '/nowhere' });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Container machines need .*\n$/);
  });
});
