import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findGo } from '../../build-agent.ts';
import { architecture } from '../agent/agent-program.ts';

const SOURCE = fileURLToPath(new URL('../../src/agent', import.meta.url));
const VERSION = 'const protocol = 1\n';

/** Builds the agent, for this machine, as one that speaks another version of its protocol. @param program the file to write. */
export async function buildAgentOfProtocol(version: number, program: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'changed-agent-'));
  try {
    await cp(SOURCE, folder, { recursive: true });
    const main = join(folder, 'main.go');
    const text = await readFile(main, 'utf8');
    if (!text.includes(VERSION)) throw new Error(`${main} does not say: ${VERSION}`);
    await writeFile(main, text.replace(VERSION, `const protocol = ${version}\n`));
    await promisify(execFile)(join(folder, 'build.sh'), [architecture ?? '', '9.9.9', program], {
      env: { ...process.env, GO: findGo() },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
