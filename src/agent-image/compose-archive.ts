import { gzipSync } from 'fflate';
import { type Blob, blobOf, blobPath, digestOf, LABEL, LAYOUT, MEDIA_TYPE } from './oci.ts';
import { type TarEntry, writeTar } from './tar.ts';

/** What stands in the image of one kind of machine. */
export interface PlatformFiles {
  /** By Go's name for it, which is the name that images use. */
  readonly architecture: string;
  readonly agent: Uint8Array;
  readonly busybox?: Busybox | undefined;
}

/** For job images that have no shell. */
export interface Busybox {
  readonly program: Uint8Array;
  /** Its licence, which has to go with it, and where it goes. */
  readonly copyright: { readonly path: string; readonly content: Uint8Array };
}

interface ImageFacts {
  /** Of the release, which is also the name that the image has in the archive. */
  readonly version: string;
  /** Of docs/agent-protocol.md. */
  readonly protocol: number;
}

/** There is no clock in the image: the same files make the same bytes. */
const CREATED = '1970-01-01T00:00:00Z';
/** Numbers, because there is no passwd file to look a name up in. Root, because the volumes that `install` writes to belong to root. */
const USER = '0:0';
const NO_CONTENT = new Uint8Array();

/** @returns an OCI archive, which is a tar of an image layout, with one image for each platform below one index. */
export function composeArchive(platforms: readonly PlatformFiles[], facts: ImageFacts): Buffer {
  const images = platforms.map((platform) => composeImage(platform, facts));
  const annotations = { [LABEL.version]: facts.version, [LABEL.protocol]: String(facts.protocol) };
  const index = jsonBlob(MEDIA_TYPE.index, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.index,
    manifests: images.map(({ manifest }) => manifest.descriptor),
    annotations,
  });
  const layout = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.index,
    manifests: [{ ...index.descriptor, annotations: { [LABEL.refName]: facts.version } }],
  };
  const blobs = [index, ...images.flatMap(({ manifest, config, layer }) => [manifest, config, layer])];
  const contents = new Map(blobs.map(({ descriptor, content }) => [blobPath(descriptor.digest), content]));
  return writeTar([
    file(LAYOUT.file, json(LAYOUT.content)),
    file('index.json', json(layout)),
    folder('blobs/'),
    folder('blobs/sha256/'),
    ...[...contents].map(([path, content]) => file(path, content)),
  ]);
}

interface Image {
  readonly manifest: Blob;
  readonly config: Blob;
  readonly layer: Blob;
}

function composeImage(platform: PlatformFiles, { version, protocol }: ImageFacts): Image {
  const { architecture, busybox } = platform;
  const content = writeTar(layerEntries(platform));
  // Node's own zlib takes shortcuts that depend on the processor, so that two machines would make different bytes.
  const layer = blobOf(MEDIA_TYPE.layer, Buffer.from(gzipSync(content, { level: 9, mtime: 0 })));
  const config = jsonBlob(MEDIA_TYPE.config, {
    created: CREATED,
    architecture,
    os: 'linux',
    config: {
      User: USER,
      Entrypoint: ['/eci-agent'],
      WorkingDir: '/',
      Labels: {
        [LABEL.title]: 'eci-agent',
        [LABEL.description]: 'Agent of gitlab-eci-executor: runs the scripts of CI jobs in the containers of a group',
        [LABEL.version]: version,
        [LABEL.licenses]: busybox ? 'MIT AND GPL-2.0-only' : 'MIT',
        [LABEL.protocol]: String(protocol),
      },
    },
    rootfs: { type: 'layers', diff_ids: [digestOf(content)] },
    history: [{ created: CREATED, created_by: 'npm run build:agent-image' }],
  });
  const manifest = jsonBlob(
    MEDIA_TYPE.manifest,
    {
      schemaVersion: 2,
      mediaType: MEDIA_TYPE.manifest,
      config: config.descriptor,
      layers: [layer.descriptor],
    },
    { platform: { architecture, os: 'linux' } },
  );
  return { manifest, config, layer };
}

/** The agent looks for the busybox at this place (src/agent/install.go). */
const layerEntries = ({ agent, busybox }: PlatformFiles): TarEntry[] => [
  program('eci-agent', agent),
  ...(busybox
    ? [
        program('busybox', busybox.program),
        ...foldersOf(busybox.copyright.path).map(folder),
        file(busybox.copyright.path, busybox.copyright.content),
      ]
    : []),
];

const program = (path: string, content: Uint8Array): TarEntry => ({ path, mode: 0o555, content });
const file = (path: string, content: Uint8Array): TarEntry => ({ path, mode: 0o444, content });
const folder = (path: string): TarEntry => ({ path, mode: 0o755, content: NO_CONTENT });

/** `a/b/c` is in `a/` and `a/b/`. */
function foldersOf(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => `${names.slice(0, index + 1).join('/')}/`);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const jsonBlob = (mediaType: string, value: unknown, more = {}): Blob => blobOf(mediaType, json(value), more);
