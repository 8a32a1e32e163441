import type { Clock, Output } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { duration } from '../report/lines.ts';
import type { Blob } from './oci.ts';
import type { AgentImage } from './read-archive.ts';
import type { Registry } from './registry.ts';

interface PushPorts {
  readonly registry: Registry;
  readonly output: Output;
  readonly clock: Clock;
}

/**
 * Uploads what a repository does not have, each piece before what names it, and reads everything back. A line tells of each piece.
 * @throws DriverError when the registry refuses something, or has something else afterwards.
 */
export async function pushImage(image: AgentImage, tag: string, ports: PushPorts): Promise<void> {
  const { registry } = ports;
  const piece = pieceTeller(ports);
  const pushBlob = (name: string, blob: Blob): Promise<void> =>
    piece(name, blob, async () => {
      if (await registry.hasBlob(blob)) return 'there already';
      await registry.pushBlob(blob);
      return 'uploaded';
    });
  const pushManifest = (name: string, manifest: Blob, reference: string): Promise<void> =>
    piece(name, manifest, async () => {
      const before = await registry.digestOfManifest(reference);
      if (before === manifest.descriptor.digest) return 'there already';
      await registry.pushManifest(reference, manifest);
      return before === undefined ? 'uploaded' : `uploaded in place of ${before}`;
    });
  for (const { platform, layers, config, manifest } of image.images) {
    for (const layer of layers) await pushBlob(`${platform} layer`, layer);
    await pushBlob(`${platform} configuration`, config);
    await pushManifest(`${platform} manifest`, manifest, manifest.descriptor.digest);
  }
  await pushManifest(`tag ${tag}`, image.index, tag);
  await verify(image, tag, registry);
}

/** @returns what tells of the work on a piece: its name before, how it ended after it. */
function pieceTeller({ output, clock }: PushPorts) {
  return async (name: string, { descriptor }: Blob, work: () => Promise<string>): Promise<void> => {
    const startedAt = clock.now();
    await output.write(`  ${name}, ${sizeText(descriptor.size)}: `);
    let end = 'failed';
    try {
      end = await work();
    } finally {
      await output.write(`${end}, ${duration(clock.now() - startedAt)}\n`);
    }
  };
}

async function verify({ index, images }: AgentImage, tag: string, registry: Registry): Promise<void> {
  const expected: [reference: string, digest: string][] = [
    [tag, index.descriptor.digest],
    ...images.map(({ manifest: { descriptor } }): [string, string] => [descriptor.digest, descriptor.digest]),
  ];
  for (const [reference, digest] of expected) {
    if ((await registry.digestOfManifest(reference)) !== digest) throw notThere(reference);
  }
  for (const blob of images.flatMap(({ layers, config }) => [...layers, config])) {
    if (!(await registry.hasBlob(blob))) throw notThere(blob.descriptor.digest);
  }
}

const notThere = (what: string): DriverError =>
  new DriverError('platform', `The registry took everything, but ${what} is not there as it was sent.`, {
    hint: 'Run the command again: what has arrived is not sent again. Somebody may have pushed to the same tag meanwhile.',
  });

const sizeText = (bytes: number): string => (bytes < 100_000 ? `${bytes} B` : `${(bytes / 1_000_000).toFixed(1)} MB`);
