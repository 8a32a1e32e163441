import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Architecture } from './build-agent.ts';
import type { Busybox } from './src/agent-image/compose-archive.ts';
import { digestOf } from './src/agent-image/oci.ts';

/** Debian 12's static busybox. Each architecture is built on its own, so each file has its own digest. */
const PACKAGE = { name: 'busybox-static', version: '1:1.35.0-4+deb12u1+b1' } as const;
const DIGESTS: Readonly<Record<Architecture, string>> = {
  amd64: 'sha256:3d3fdbe91d4660c873e14b092c213fe81c1da6362daa236eb25d0171eb108744',
  arm64: 'sha256:732c9135564fc71337e0e05fb4da4d11e6c28c1834bce3e405e575afef2a52f5',
};
const PROGRAM = 'bin/busybox';
const COPYRIGHT = 'usr/share/doc/busybox-static/copyright';

/** Milliseconds. */
const UPDATE_TIME = 300_000;
const DOWNLOAD_TIME = 120_000;
const UNPACK_TIME = 60_000;

const run = promisify(execFile);

/**
 * Takes busybox from Debian's package of that architecture: from `FOLDER/busybox-static_ARCHITECTURE.deb`, or by apt into there.
 * @throws Error that says what to do, when there is no file with the known digest and apt cannot get it.
 */
export async function busyboxOf(architecture: Architecture, folder: string): Promise<Busybox> {
  const file = join(folder, `${PACKAGE.name}_${architecture}.deb`);
  try {
    if (!(await isPackage(file, architecture))) await download(architecture, file);
    return await unpack(file);
  } catch (error) {
    throw new Error(
      `${PACKAGE.name} ${PACKAGE.version} for ${architecture} cannot be had: ${reasonOf(error as Error)}. ` +
        `Build on Debian 12, or put its package with the digest ${DIGESTS[architecture]} at ${file} (Debian's snapshot archive ` +
        'keeps every version), or build with --without-busybox: then job images need a shell of their own.',
      { cause: error },
    );
  }
}

const isPackage = (file: string, architecture: Architecture): Promise<boolean> =>
  readFile(file).then(
    (content) => digestOf(content) === DIGESTS[architecture],
    () => false,
  );

/**
 * apt has lists of its own here, with the machine's sources and keys: neither the machine's lists change, nor the architectures that it
 * installs packages of, and nobody has to be root.
 */
async function download(architecture: Architecture, file: string): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), 'busybox-'));
  try {
    const options = Object.entries({
      'Dir::State': join(place, 'state'),
      'Dir::State::status': join(place, 'status'),
      'Dir::Cache': join(place, 'cache'),
      'APT::Architecture': architecture,
      'APT::Architectures': architecture,
      // The folder is this user's alone.
      'APT::Sandbox::User': '',
      'Acquire::Languages': 'none',
      'Acquire::http::Timeout': '30',
      'Acquire::https::Timeout': '30',
    }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const apt = (milliseconds: number, ...words: string[]) =>
      run('apt-get', ['-q', ...options, ...words], { cwd: place, timeout: milliseconds });
    for (const needed of ['state/lists/partial', 'cache/archives/partial']) {
      await mkdir(join(place, needed), { recursive: true });
    }
    await writeFile(join(place, 'status'), '');
    await apt(UPDATE_TIME, 'update');
    await apt(DOWNLOAD_TIME, 'download', `${PACKAGE.name}:${architecture}=${PACKAGE.version}`);
    const found = (await readdir(place)).find((name) => name.endsWith('.deb'));
    const downloaded = join(place, found ?? '');
    if (found === undefined || !(await isPackage(downloaded, architecture))) throw new Error('apt got another file');
    await mkdir(dirname(file), { recursive: true });
    // Whoever builds at the same time finds a whole file or none.
    await writeFile(`${file}.${process.pid}`, await readFile(downloaded));
    await rename(`${file}.${process.pid}`, file);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function unpack(file: string): Promise<Busybox> {
  const place = await mkdtemp(join(tmpdir(), 'busybox-'));
  try {
    await run('dpkg-deb', ['--extract', file, place], { timeout: UNPACK_TIME });
    return {
      program: await readFile(join(place, PROGRAM)),
      copyright: { path: COPYRIGHT, content: await readFile(join(place, COPYRIGHT)) },
    };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** apt's last complaint says the most. */
function reasonOf(error: Error & { stderr?: string; code?: unknown; path?: string }): string {
  if (error.code === 'ENOENT' && error.path) return `this machine has no ${error.path}`;
  const complaint = error.stderr?.split('\n').findLast((line) => line.startsWith('E: '));
  return complaint?.slice('E: '.length) ?? error.message;
}
