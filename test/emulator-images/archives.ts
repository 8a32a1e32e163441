import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);

/** Paths and what they hold; `link:` in front makes a symbolic link, a path that ends with a slash is a folder. */
export type Tree = Readonly<Record<string, string>>;

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'archives-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function plant(folder: string, tree: Tree): Promise<void> {
  for (const [path, content] of Object.entries(tree)) {
    const place = join(folder, path);
    await mkdir(path.endsWith('/') ? place : dirname(place), { recursive: true });
    if (path.endsWith('/')) continue;
    if (content.startsWith('link:')) await symlink(content.slice('link:'.length), place);
    else await writeFile(place, content, { mode: 0o755 });
  }
}

/** @returns an archive of a layer. */
async function layerOf(tree: Tree): Promise<Buffer> {
  const folder = await temporaryFolder();
  await plant(folder, tree);
  const { stdout } = await run('tar', ['--create', '--directory', folder, '.'], {
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

const ARCHITECTURE = arch() === 'x64' ? 'amd64' : arch();
const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** What an archive is to hold. */
export interface Wanted {
  readonly layers: readonly Tree[];
  readonly config?: object;
  readonly name?: string;
  readonly architecture?: string;
}

/** As `docker save` wrote it for years. */
export async function dockerArchive({ layers, config = {}, name }: Wanted): Promise<string> {
  const folder = await temporaryFolder();
  const files = [];
  for (const [index, layer] of layers.entries()) {
    const file = `${index}/layer.tar`;
    await mkdir(join(folder, String(index)));
    await writeFile(join(folder, file), await layerOf(layer));
    files.push(file);
  }
  await writeFile(join(folder, 'config.json'), JSON.stringify({ architecture: ARCHITECTURE, config }));
  const manifest = [{ Config: 'config.json', RepoTags: name === undefined ? null : [name], Layers: files }];
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return archiveOf(folder);
}

/** An OCI layout whose index names an index of two architectures, as builders write it. @returns its folder. */
export async function ociLayout(wanted: Wanted): Promise<string> {
  const folder = await temporaryFolder();
  const blobs = join(folder, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  const blob = async (bytes: Buffer, mediaType: string) => {
    await writeFile(join(blobs, digestOf(bytes)), bytes);
    return { mediaType, digest: `sha256:${digestOf(bytes)}`, size: bytes.length };
  };
  const json = (value: object, type: string) =>
    blob(Buffer.from(JSON.stringify(value)), `application/vnd.oci.image.${type}.v1+json`);
  const manifestFor = async (architecture: string, layers: readonly Tree[]) => {
    const archives = [];
    for (const layer of layers) {
      archives.push(await blob(gzipSync(await layerOf(layer)), 'application/vnd.oci.image.layer.v1.tar+gzip'));
    }
    const config = await json({ architecture, config: wanted.config ?? null }, 'config');
    return { ...(await json({ config, layers: archives }, 'manifest')), platform: { os: 'linux', architecture } };
  };
  const other = await manifestFor('s390x', [{ other: 'architecture' }]);
  const own = await manifestFor(wanted.architecture ?? ARCHITECTURE, wanted.layers);
  const index = await json({ manifests: [other, own] }, 'index');
  const annotations = wanted.name === undefined ? {} : { 'org.opencontainers.image.ref.name': wanted.name };
  await writeFile(join(folder, 'index.json'), JSON.stringify({ manifests: [{ ...index, annotations }] }));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return folder;
}

/** @returns a file with all that is in a folder. */
export async function archiveOf(folder: string): Promise<string> {
  const file = join(await temporaryFolder(), 'image.tar');
  await run('tar', ['--create', '--file', file, '--directory', folder, '.']);
  return file;
}
