import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ARCHITECTURES, buildAgent, findGo } from '../../build-agent.ts';
import { noAgent } from './agent-program.ts';
import { elfOf } from './elf.ts';

/** What a builder may have set for programs of his own. */
const OTHER_SETTINGS = { GOFLAGS: '-tags=other', GOAMD64: 'v3', CGO_ENABLED: '1', GOOS: 'darwin' };
/** Milliseconds; everything may have to be compiled first. */
const BUILD_TIME = 300_000;

describe.skipIf(noAgent !== undefined)(`the agent's build${noAgent === undefined ? '' : ` (${noAgent})`}`, () => {
  it.each(ARCHITECTURES)(
    'makes the same static program for %s again, in another folder and with other Go settings around',
    async (architecture) => {
      const folder = await mkdtemp(join(tmpdir(), 'agent-build-'));
      try {
        const [file = ''] = await buildAgent(join(folder, 'first'), [architecture]);
        const program = await readFile(file);
        expect(elfOf(program)).toEqual({ architecture, isStatic: true });

        const [source, again] = [join(folder, 'elsewhere'), join(folder, 'again')];
        await cp('src/agent', source, { recursive: true });
        const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
        const env = { ...process.env, ...OTHER_SETTINGS, GO: findGo() };
        execFileSync(join(source, 'build.sh'), [architecture, version, again], { env });
        expect(program.equals(await readFile(again))).toBe(true);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    BUILD_TIME,
  );
});
