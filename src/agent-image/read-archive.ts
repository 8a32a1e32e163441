import { readFile, stat } from 'node:fs/promises';
import type * as z from 'zod/mini';
import { AGENT_PROTOCOL } from '../agent-protocol.ts';
import { DriverError } from '../driver-error.ts';
import { NAME } from '../version.ts';
import { parseJson } from '../json.ts';
import {
  type Blob,
  blobPath,
  type Descriptor,
  digestOf,
  ImageConfig,
  ImageIndex,
  ImageManifest,
  LABEL,
  LAYOUT,
  MEDIA_TYPE,
} from './oci.ts';
import { readTar } from './tar.ts';

/** The image of one kind of machine. */
interface PlatformImage {
  /** Such as `linux/arm64`. */
  readonly platform: string;
  readonly manifest: Blob;
  readonly config: Blob;
  readonly layers: readonly Blob[];
}

/** The agent's image for all kinds of machines. */
export interface AgentImage {
  readonly version: string;
  readonly index: Blob;
  readonly images: readonly PlatformImage[];
}

/** Bytes. The archive is a few MB and is held in memory. */
const LARGEST_ARCHIVE = 256 * 1024 * 1024;

/** Says what is wrong with an archive. */
class BadArchive extends Error {}

/**
 * Reads the OCI archive that `npm run build:agent-image` writes, and checks every digest in it.
 * @throws DriverError (operator) when it is missing, damaged, no agent's image, or one of another protocol version.
 */
export async function readArchive(file: string): Promise<AgentImage> {
  try {
    const { size } = await stat(file);
    if (size > LARGEST_ARCHIVE) throw new BadArchive('it is too large to be an image of the agent');
    return parseArchive(await readFile(file));
  } catch (thrown) {
    if (thrown instanceof DriverError) throw thrown;
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === undefined && !(thrown instanceof BadArchive)) throw thrown;
    throw code === undefined
      ? new DriverError('operator', `${file} is not the archive of the agent's image: ${(thrown as Error).message}.`, {
          hint: 'Make it with: npm run build:agent-image',
        })
      : new DriverError('operator', `The archive of the agent's image ${file} cannot be read (${code}).`, {
          hint: 'Make it with "npm run build:agent-image" and put it beside this program, or name it with --archive FILE.',
        });
  }
}

/** @throws BadArchive; DriverError when the agent in it and this program would not understand each other. */
function parseArchive(bytes: Buffer): AgentImage {
  const files = filesOf(bytes);
  if (!files.has(LAYOUT.file)) throw new BadArchive(`it has no file ${LAYOUT.file}`);
  const { manifests: roots } = parsed(ImageIndex, files.get('index.json'), 'index.json');
  const [root, ...others] = roots.filter(({ mediaType }) => mediaType === MEDIA_TYPE.index);
  if (root === undefined || others.length > 0) throw new BadArchive('it has not exactly one index of images');
  const blob = (descriptor: Descriptor): Blob => ({ descriptor, content: contentOf(descriptor, files) });
  const index = blob(root);
  const { manifests } = parsed(ImageIndex, index.content, 'the index of images');
  if (manifests.length === 0) throw new BadArchive('it has no image');
  // Other builders add attestations, as manifests of no platform. Left out, they would make the index a broken one.
  if (!manifests.every(isImage)) throw new BadArchive('its index names other things than images for Linux');
  const images = manifests.map((descriptor): PlatformImage => {
    const manifest = blob(descriptor);
    const { config, layers } = parsed(ImageManifest, manifest.content, 'a manifest');
    const { os = '', architecture = '' } = descriptor.platform ?? {};
    return { platform: `${os}/${architecture}`, manifest, config: blob(config), layers: layers.map(blob) };
  });
  return { version: commonVersion(images), index, images };
}

const isImage = ({ mediaType, platform }: Descriptor): boolean =>
  mediaType === MEDIA_TYPE.manifest && platform !== undefined && platform.os === 'linux';

function filesOf(bytes: Buffer): Map<string, Buffer> {
  try {
    return readTar(bytes);
  } catch (error) {
    throw new BadArchive((error as Error).message);
  }
}

function contentOf({ digest, size }: Descriptor, files: ReadonlyMap<string, Buffer>): Buffer {
  const content = files.get(blobPath(digest));
  if (content === undefined) throw new BadArchive(`${digest} is missing in it`);
  if (content.length !== size || digestOf(content) !== digest) throw new BadArchive(`${digest} is damaged in it`);
  return content;
}

/** @throws DriverError when one of the images speaks another protocol than this program. */
function commonVersion(images: readonly PlatformImage[]): string {
  const versions = images.map(({ platform, config }) => {
    const labels = parsed(ImageConfig, config.content, 'a configuration').config?.Labels ?? {};
    const [version, protocol] = [labels[LABEL.version], labels[LABEL.protocol]];
    if (version === undefined || protocol === undefined) {
      throw new BadArchive(`the image for ${platform} lacks the label ${version ? LABEL.protocol : LABEL.version}`);
    }
    if (protocol !== String(AGENT_PROTOCOL)) {
      throw new DriverError(
        'operator',
        `The agent in the archive (${version}) and this program do not speak the same protocol version (program: ${AGENT_PROTOCOL}; agent: ${protocol}).`,
        { hint: `Use the archive that was built with this ${NAME}.` },
      );
    }
    return version;
  });
  const [version = '', ...others] = new Set(versions);
  if (others.length > 0) throw new BadArchive('its images are of different versions');
  return version;
}

function parsed<Schema extends z.ZodMiniType>(
  schema: Schema,
  content: Buffer | undefined,
  what: string,
): z.infer<Schema> {
  const result = schema.safeParse(parseJson(content ?? ''));
  if (!result.success) throw new BadArchive(`${what} cannot be understood`);
  return result.data;
}
