import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ARCHITECTURES, buildAgent } from './build-agent.ts';
import { busyboxOf } from './build-busybox.ts';
import { ARCHIVE_NAME } from './src/agent-image/archive-name.ts';
import { composeArchive, type PlatformFiles } from './src/agent-image/compose-archive.ts';
import { AGENT_PROTOCOL } from './src/agent-protocol.ts';
import { VERSION } from './src/version.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

export interface ImageOptions {
  /** Without it, a job's image needs a shell of its own. */
  readonly withBusybox: boolean;
  /** Where Debian's packages are kept between builds. */
  readonly packages: string;
}

/**
 * Builds the agent's image for both architectures, without Docker, and writes it as an OCI archive.
 * @throws Error when Go or, if it is wanted, Debian's busybox cannot be had.
 */
export async function buildAgentImage(archive: string, { withBusybox, packages }: ImageOptions): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), 'agent-image-'));
  try {
    const programs = await buildAgent(place, ARCHITECTURES);
    const platforms = await Promise.all(
      ARCHITECTURES.map(async (architecture, index): Promise<PlatformFiles> => {
        const busybox = withBusybox ? await busyboxOf(architecture, packages) : undefined;
        return { architecture, agent: await readFile(programs[index] ?? ''), busybox };
      }),
    );
    await mkdir(dirname(archive), { recursive: true });
    await writeFile(`${archive}.new`, composeArchive(platforms, { version: VERSION, protocol: AGENT_PROTOCOL }));
    await rename(`${archive}.new`, archive);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const archive = join(root, 'dist', ARCHIVE_NAME);
  try {
    const { values } = parseArgs({ options: { 'without-busybox': { type: 'boolean', default: false } } });
    await buildAgentImage(archive, { withBusybox: !values['without-busybox'], packages: join(root, 'dist/agent') });
    console.log(archive);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
