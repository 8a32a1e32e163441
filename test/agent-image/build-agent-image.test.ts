import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAgentImage } from '../../build-agent-image.ts';
import { ImageConfig, LABEL } from '../../src/agent-image/oci.ts';
import { type AgentImage, readArchive } from '../../src/agent-image/read-archive.ts';
import { readTar } from '../../src/agent-image/tar.ts';
import { architecture, noAgent } from '../agent/agent-program.ts';

const BUILD_TIME = 300_000;

describe.skipIf(noAgent !== undefined)(`the build of the agent's image${noAgent ? ` (${noAgent})` : ''}`, () => {
  let folder: string;
  let archive: string;
  let image: AgentImage;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agent-image-'));
    archive = join(folder, 'image.tar');
    await buildAgentImage(archive, { withBusybox: false, packages: folder });
    image = await readArchive(archive);
  }, BUILD_TIME);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it(
    'makes the same bytes again',
    async () => {
      const again = join(folder, 'again.tar');
      await buildAgentImage(again, { withBusybox: false, packages: folder });
      expect((await readFile(again)).equals(await readFile(archive))).toBe(true);
    },
    BUILD_TIME,
  );

  it('holds an agent that is of the version and speaks the protocol that the labels name', async () => {
    const own = image.images.find(({ platform }) => platform === `linux/${architecture}`);
    const program = join(folder, 'eci-agent');
    await writeFile(program, readTar(gunzipSync(own?.layers[0]?.content ?? '')).get('eci-agent') ?? '');
    await chmod(program, 0o755);
    const labels = ImageConfig.parse(JSON.parse(String(own?.config.content))).config?.Labels ?? {};
    expect(execFileSync(program, ['version']).toString()).toBe(
      `eci-agent ${labels[LABEL.version]}, protocol ${labels[LABEL.protocol]}\n`,
    );
  });
});
