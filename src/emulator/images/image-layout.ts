import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { arch } from 'node:os';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';

/** One image of an unpacked archive. */
export interface ImageFiles {
  /** As the archive writes it, if it does. */
  readonly name: string | undefined;
  /** Paths of its configuration and, the lowest first, its layers. */
  readonly config: string;
  readonly layers: readonly string[];
}

/** Go's names, which images use, for Node's. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };
const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
/** Indexes may name indexes. */
const DEEPEST = 4;

const Descriptor = z.object({
  mediaType: z.string().default(''),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'only sha256 digests are known'),
  platform: z.object({ architecture: z.string(), os: z.string() }).optional(),
  annotations: z.record(z.string(), z.string()).default({}),
});
const Index = z.object({ manifests: z.array(Descriptor) });
const Manifest = z.object({ config: Descriptor, layers: z.array(Descriptor) });
const DockerManifest = z.array(
  z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()) }),
);

export const isLayout = (folder: string): boolean =>
  ['oci-layout', 'manifest.json'].some((file) => existsSync(join(folder, file)));

/**
 * The images of an OCI image layout (image-spec, image-layout.md) or of what `docker save` writes, for this machine's architecture.
 * @throws Error with a sentence when a file is missing, changed, or of another kind.
 */
export async function imagesOf(folder: string): Promise<ImageFiles[]> {
  return existsSync(join(folder, 'oci-layout')) ? ociImages(folder) : dockerImages(folder);
}

async function dockerImages(folder: string): Promise<ImageFiles[]> {
  const manifest = DockerManifest.parse(JSON.parse(await readFile(await inside(folder, 'manifest.json'), 'utf8')));
  return Promise.all(
    manifest.map(async ({ Config, RepoTags, Layers }) => ({
      name: RepoTags?.[0],
      config: await inside(folder, Config),
      layers: await Promise.all(Layers.map((layer) => inside(folder, layer))),
    })),
  );
}

async function ociImages(folder: string): Promise<ImageFiles[]> {
  const index = Index.parse(JSON.parse(await readFile(await inside(folder, 'index.json'), 'utf8')));
  const found: ImageFiles[] = [];
  for (const descriptor of index.manifests) {
    const manifest = await manifestOf(folder, descriptor, DEEPEST);
    if (!manifest) continue;
    const layers = [];
    for (const layer of manifest.layers) layers.push(await blob(folder, layer.digest));
    found.push({ name: nameOf(descriptor), config: await blob(folder, manifest.config.digest), layers });
  }
  return found;
}

/** containerd and Docker give the whole name, others the tag alone. */
function nameOf({ annotations }: z.output<typeof Descriptor>): string | undefined {
  const name = annotations['io.containerd.image.name'] ?? annotations['org.opencontainers.image.ref.name'];
  return name !== undefined && /[/:]/.test(name) ? name : undefined;
}

/** @returns undefined when it is for another kind of machine. */
async function manifestOf(
  folder: string,
  { mediaType, digest, platform }: z.output<typeof Descriptor>,
  depth: number,
): Promise<z.output<typeof Manifest> | undefined> {
  const architecture = ARCHITECTURES[arch()] ?? arch();
  if (platform && (platform.os !== 'linux' || platform.architecture !== architecture)) return undefined;
  const json: unknown = JSON.parse(await readFile(await blob(folder, digest), 'utf8'));
  if (!INDEX_TYPES.includes(mediaType)) return Manifest.parse(json);
  if (depth === 0) throw new Error('the archive has indexes of indexes of indexes');
  for (const descriptor of Index.parse(json).manifests) {
    const found = await manifestOf(folder, descriptor, depth - 1);
    if (found) return found;
  }
  return undefined;
}

async function blob(folder: string, digest: string): Promise<string> {
  const [algorithm = '', hex = ''] = digest.split(':');
  const path = await inside(folder, join('blobs', algorithm, hex));
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash);
  if (hash.digest('hex') !== hex) throw new Error(`${path} is not what its name says: the archive is damaged`);
  return path;
}

/** @throws Error when there is no such file in the folder; the names come from the archive. */
async function inside(folder: string, name: string): Promise<string> {
  const [root, path] = [await realpath(folder), await realpath(join(folder, name)).catch(() => '')];
  if (!path.startsWith(root + sep)) throw new Error(`the archive has no file ${name}`);
  return path;
}
