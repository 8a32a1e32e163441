import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ARCHITECTURES, buildAgent, findGo } from '../../build-agent.ts';
import { noAgent } from './agent-program.ts';

/** Bytes at which an ELF file names its machine, and the numbers of ours (elf.h: EM_X86_64, EM_AARCH64). */
const MACHINE = 18;
const MACHINES = { amd64: 62, arm64: 183 };
/** A program that needs a loader names it in a segment of this type (elf.h: PT_INTERP). */
const PT_INTERP = 3;
/** What a builder may have set for programs of his own. */
const OTHER_SETTINGS = { GOFLAGS: '-tags=other', GOAMD64: 'v3', CGO_ENABLED: '1', GOOS: 'darwin' };
/** Milliseconds; everything may have to be compiled first. */
const BUILD_TIME = 300_000;

function segmentTypes(program: Buffer): number[] {
  const [offset, size, count] = [
    Number(program.readBigUInt64LE(32)),
    program.readUInt16LE(54),
    program.readUInt16LE(56),
  ];
  return Array.from({ length: count }, (_, index) => program.readUInt32LE(offset + index * size));
}

describe.skipIf(noAgent !== undefined)(`the agent's build${noAgent === undefined ? '' : ` (${noAgent})`}`, () => {
  it.each(ARCHITECTURES)(
    'makes the same static program for %s again, in another folder and with other Go settings around',
    async (architecture) => {
      const folder = await mkdtemp(join(tmpdir(), 'agent-build-'));
      try {
        const [file = ''] = await buildAgent(join(folder, 'first'), [architecture]);
        const program = await readFile(file);
        expect(program.readUInt16LE(MACHINE)).toBe(MACHINES[architecture]);
        expect(segmentTypes(program)).not.toContain(PT_INTERP);

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
