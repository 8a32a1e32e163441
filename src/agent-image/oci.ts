/** Words and shapes of the OCI image specification 1.0, as far as the agent's image needs them. */

import { createHash } from 'node:crypto';
import * as z from 'zod/mini';

export const MEDIA_TYPE = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

/** Marks a folder, and an archive of it, as an image layout (image-layout.md). */
export const LAYOUT = { file: 'oci-layout', content: { imageLayoutVersion: '1.0.0' } } as const;

export const LABEL = {
  title: 'org.opencontainers.image.title',
  description: 'org.opencontainers.image.description',
  version: 'org.opencontainers.image.version',
  licenses: 'org.opencontainers.image.licenses',
  refName: 'org.opencontainers.image.ref.name',
  /** Ours: the version of docs/agent-protocol.md that the agent speaks. */
  protocol: 'gitlab-eci-executor.agent-protocol',
} as const;

const SHA256 = /^sha256:[0-9a-f]{64}$/;

/** Where a piece of an image is found, and what it is. */
const Descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().check(z.regex(SHA256)),
  size: z.int(),
  platform: z.optional(z.object({ architecture: z.string(), os: z.string() })),
  annotations: z.optional(z.record(z.string(), z.string())),
});
export type Descriptor = z.infer<typeof Descriptor>;

export const ImageIndex = z.object({ manifests: z.array(Descriptor) });
export const ImageManifest = z.object({ config: Descriptor, layers: z.array(Descriptor) });
export const ImageConfig = z.object({
  config: z.optional(z.object({ Labels: z.optional(z.record(z.string(), z.string())) })),
});

/** Bytes with the description by which others find them. */
export interface Blob {
  readonly descriptor: Descriptor;
  readonly content: Buffer;
}

export const digestOf = (content: Uint8Array): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

export function blobOf(mediaType: string, content: Buffer, more: Partial<Descriptor> = {}): Blob {
  return { descriptor: { mediaType, digest: digestOf(content), size: content.length, ...more }, content };
}

/** A blob's place in a layout. */
export const blobPath = (digest: string): string => `blobs/${digest.replace(':', '/')}`;
