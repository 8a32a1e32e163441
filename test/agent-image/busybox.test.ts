import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildAgentImage } from '../../build-agent-image.ts';
import { ARCHITECTURES } from '../../build-agent.ts';
import { busyboxOf } from '../../build-busybox.ts';
import { readArchive } from '../../src/agent-image/read-archive.ts';
import { readTar } from '../../src/agent-image/tar.ts';
import { architecture, noAgent } from '../agent/agent-program.ts';
import { noBoxes } from '../agent/box.ts';
import { elfOf } from '../agent/elf.ts';

/** Where builds keep Debian's packages too. */
const packages = fileURLToPath(new URL('../../dist/agent', import.meta.url));
const packaged = await Promise.all(ARCHITECTURES.map((each) => busyboxOf(each, packages))).catch(
  (error: Error) => error,
);
const missing = packaged instanceof Error ? packaged.message : undefined;
/** Milliseconds. */
const BUILD_TIME = 300_000;

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'busybox-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe("Debian's busybox", () => {
  it.skipIf(missing !== undefined)(
    `is a static program of each architecture, and comes with its licence${missing ? ` (${missing})` : ''}`,
    () => {
      if (packaged instanceof Error) throw packaged;
      expect(packaged.map(({ program }) => elfOf(Buffer.from(program)))).toEqual(
        ARCHITECTURES.map((each) => ({ architecture: each, isStatic: true })),
      );
      for (const { copyright } of packaged) expect(String(copyright.content)).toMatch(/GPL-2/);
    },
  );

  const unbuilt = missing ?? noAgent ?? noBoxes();
  it.skipIf(unbuilt !== undefined)(
    `is put beside the agent, with its shell, by the image's own install, in a container of nothing but the image${unbuilt ? ` (${unbuilt})` : ''}`,
    async () => {
      const folder = await newFolder();
      const archive = join(folder, 'image.tar');
      await buildAgentImage(archive, { withBusybox: true, packages });
      const { images } = await readArchive(archive);
      const own = images.find(({ platform }) => platform === `linux/${architecture}`);
      const [root, volume] = [join(folder, 'root'), join(folder, 'volume')];
      for (const [path, content] of readTar(gunzipSync(own?.layers[0]?.content ?? ''))) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), content);
        await chmod(join(root, path), 0o555);
      }
      // What a container's platform mounts needs a place.
      await mkdir(volume);
      for (const place of ['agent', 'proc', 'dev']) await mkdir(join(root, place));
      const box = ['--unshare-user', '--unshare-pid', '--die-with-parent'];
      const mounts = ['--ro-bind', root, '/', '--bind', volume, '/agent', '--proc', '/proc', '--dev', '/dev'];
      const inBox = async (...command: string[]): Promise<string> =>
        (await promisify(execFile)('bwrap', [...box, ...mounts, '--', ...command], { timeout: 60_000 })).stdout;
      await inBox('/eci-agent', 'install', '--dest', '/agent');
      expect(await inBox('/agent/busybox/sh', '-c', "printf '%s' $'a\\tb' && type sh && [ ! -e /bin ]")).toMatch(
        /^a\tb/,
      );
      expect(await inBox('/agent/eci-agent', 'version')).toMatch(/^eci-agent \d/);
    },
    BUILD_TIME,
  );

  it('cannot be had without apt: the sentence says which file to put where, and how to do without', async () => {
    const folder = await newFolder();
    const path = process.env.PATH;
    process.env.PATH = folder;
    const failed = busyboxOf('arm64', folder).finally(() => (process.env.PATH = path));
    await expect(failed).rejects.toThrow(
      new RegExp(
        `this machine has no apt-get.*sha256:[0-9a-f]{64} at ${folder}/busybox-static_arm64\\.deb.*--without-busybox`,
      ),
    );
  });

  it('is not taken from a file with another digest', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'busybox-static_arm64.deb'), 'something else');
    const path = process.env.PATH;
    process.env.PATH = folder;
    const failed = busyboxOf('arm64', folder).finally(() => (process.env.PATH = path));
    await expect(failed).rejects.toThrow(/this machine has no apt-get/);
  });
});
