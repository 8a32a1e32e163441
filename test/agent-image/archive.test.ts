import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeArchive } from '../../src/agent-image/compose-archive.ts';
import { blobOf, blobPath, digestOf, LABEL, MEDIA_TYPE } from '../../src/agent-image/oci.ts';
import { type AgentImage, readArchive } from '../../src/agent-image/read-archive.ts';
import { readTar, writeTar } from '../../src/agent-image/tar.ts';
import { SAMPLE, sampleArchive } from './sample-image.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'archive-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(archive: Buffer): Promise<AgentImage> {
  const file = join(folder, `${digestOf(archive).slice(-16)}.tar`);
  await writeFile(file, archive);
  return readArchive(file);
}

const jsonOf = (content: Buffer | undefined): Record<string, unknown> =>
  JSON.parse(String(content)) as Record<string, unknown>;

/** The same archive with other files in it: undefined takes one out. */
function changed(archive: Buffer, changes: Readonly<Record<string, Buffer | undefined>>): Buffer {
  const files = new Map<string, Buffer | undefined>([...readTar(archive), ...Object.entries(changes)]);
  return writeTar([...files].flatMap(([path, content]) => (content ? [{ path, mode: 0o444, content }] : [])));
}

/** An archive whose index was written by somebody else. */
function withIndex(archive: Buffer, change: (manifests: unknown[]) => unknown[]): Buffer {
  const files = readTar(archive);
  const [root] = jsonOf(files.get('index.json')).manifests as { digest: string }[];
  const index = jsonOf(files.get(blobPath(root?.digest ?? '')));
  const { descriptor, content } = blobOf(
    MEDIA_TYPE.index,
    Buffer.from(JSON.stringify({ ...index, manifests: change(index.manifests as unknown[]) })),
  );
  return changed(archive, {
    'index.json': Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [descriptor] })),
    [blobPath(descriptor.digest)]: content,
  });
}

describe("the archive of the agent's image", () => {
  it('is the same bytes for the same files', () => {
    expect(sampleArchive().equals(sampleArchive())).toBe(true);
    expect(sampleArchive().equals(sampleArchive('1.2.4'))).toBe(false);
  });

  it('has an image for each architecture, with the agent, busybox and its licence in one layer', async () => {
    const { version, images } = await read(sampleArchive());
    expect([version, images.map(({ platform }) => platform)]).toEqual(['1.2.3', ['linux/amd64', 'linux/arm64']]);
    for (const [index, { layers, config }] of images.entries()) {
      const [layer, ...others] = layers.map(({ content }) => gunzipSync(content));
      expect(others).toEqual([]);
      const listing = execFileSync('tar', ['--list', '--verbose', '--file', '-'], { input: layer }).toString();
      expect(listing.match(/^-r-xr-xr-x.* eci-agent$/m)).not.toBeNull();
      expect(listing.match(/^-r-xr-xr-x.* busybox$/m)).not.toBeNull();
      const files = readTar(layer ?? Buffer.alloc(0));
      expect(String(files.get('eci-agent'))).toBe(`the agent for ${SAMPLE[index]?.architecture}`);
      expect(String(files.get('usr/share/doc/busybox/copyright'))).toBe('whose it is');
      expect(jsonOf(config.content)).toMatchObject({
        os: 'linux',
        architecture: SAMPLE[index]?.architecture,
        config: { User: '0:0', Entrypoint: ['/eci-agent'], Labels: { [LABEL.licenses]: 'MIT AND GPL-2.0-only' } },
        rootfs: { diff_ids: [digestOf(layer ?? Buffer.alloc(0))] },
      });
    }
  });

  it('may be without busybox, and says then that no foreign licence applies', async () => {
    const bare = SAMPLE.map(({ architecture, agent }) => ({ architecture, agent }));
    const { images } = await read(sampleArchive('1.2.3', bare));
    const { layers, config } = images[0] ?? { layers: [] };
    expect([...readTar(gunzipSync(layers[0]?.content ?? '')).keys()]).toEqual(['eci-agent']);
    expect(jsonOf(config?.content)).toMatchObject({ config: { Labels: { [LABEL.licenses]: 'MIT' } } });
  });
});

describe('an archive that cannot be pushed', () => {
  it('is missing', async () => {
    await expect(readArchive(join(folder, 'nowhere.tar'))).rejects.toMatchObject({
      fault: 'operator',
      message: expect.stringMatching(/nowhere\.tar cannot be read \(ENOENT\)/) as string,
      hint: expect.stringMatching(/npm run build:agent-image.*--archive/) as string,
    });
  });

  it('has an agent of another protocol', async () => {
    await expect(read(composeArchive(SAMPLE, { version: '9.0.0', protocol: 9 }))).rejects.toMatchObject({
      fault: 'operator',
      message: expect.stringMatching(/agent in the archive \(9\.0\.0\).*\(program: \d+; agent: 9\)/) as string,
    });
  });

  const archive = sampleArchive();
  const blob = [...readTar(archive).keys()].find((path) => path.startsWith('blobs/')) ?? '';
  it.each([
    ['is no tar', Buffer.alloc(1024, 'x'), /it is not a tar/],
    ['was cut', archive.subarray(0, 3000), /it ends too early/],
    ['is no image layout', changed(archive, { 'oci-layout': undefined }), /no file oci-layout/],
    ['has no index', changed(archive, { 'index.json': undefined }), /index\.json cannot be understood/],
    [
      'names no index of images',
      changed(archive, { 'index.json': Buffer.from('{"manifests":[]}') }),
      /not exactly one index/,
    ],
    ['lacks a piece', changed(archive, { [blob]: undefined }), /sha256:[0-9a-f]{64} is missing/],
    ['has a damaged piece', changed(archive, { [blob]: Buffer.from('other') }), /sha256:[0-9a-f]{64} is damaged/],
    ['has no image', withIndex(archive, () => []), /it has no image/],
    [
      'has attestations',
      withIndex(archive, ([first, ...others]) => [
        { ...(first as object), platform: { os: 'unknown', architecture: 'unknown' } },
        ...others,
      ]),
      /other things than images for Linux/,
    ],
    [
      'leads out of itself',
      withIndex(archive, ([first]) => [{ ...(first as object), digest: 'sha256:../../etc/passwd' }]),
      /the index of images cannot be understood/,
    ],
  ])('%s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toMatchObject({
      fault: 'operator',
      message: expect.stringMatching(message) as string,
      hint: expect.stringContaining('npm run build:agent-image') as string,
    });
  });

  it('has images of different versions', async () => {
    const [one, other] = [sampleArchive('1.0.0'), sampleArchive('2.0.0')];
    const firstOf = (bytes: Buffer): unknown => {
      const files = readTar(bytes);
      const [root] = jsonOf(files.get('index.json')).manifests as { digest: string }[];
      return (jsonOf(files.get(blobPath(root?.digest ?? ''))).manifests as unknown[])[0];
    };
    const mixed = withIndex(one, ([first]) => [first, firstOf(other)]);
    const blobs = [...readTar(other)].filter(([path]) => path.startsWith('blobs/'));
    const both = changed(mixed, Object.fromEntries(blobs));
    await expect(read(both)).rejects.toThrow(/of different versions/);
  });
});
