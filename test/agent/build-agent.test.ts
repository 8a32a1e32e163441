import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ARCHITECTURES, buildAgent } from '../../build-agent.ts';
import { noAgent } from './agent-program.ts';

/** Bytes at which an ELF file names its machine, and the numbers of ours (elf.h: EM_X86_64, EM_AARCH64). */
const MACHINE = 18;
const MACHINES = { amd64: 62, arm64: 183 };
/** A program that needs a loader names it in a segment of this type (elf.h: PT_INTERP). */
const PT_INTERP = 3;
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
  it(
    'makes the same static programs wherever and whenever it is run, whatever Go settings there are',
    async () => {
      const folders = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), 'agent-build-'))));
      const [first = '', second = ''] = folders;
      try {
        const programs = await Promise.all((await buildAgent(first, ARCHITECTURES)).map((file) => readFile(file)));
        // Another cache, so that nothing is taken over from the first build; other settings of the user's.
        const before = { ...process.env };
        Object.assign(process.env, {
          GOCACHE: join(second, 'cache'),
          GOFLAGS: '-tags=other',
          GOAMD64: 'v3',
          CGO_ENABLED: '1',
        });
        const again = await buildAgent(join(second, 'agent'), ARCHITECTURES).finally(() => (process.env = before));
        for (const [index, architecture] of ARCHITECTURES.entries()) {
          const program = programs[index] ?? Buffer.alloc(0);
          expect(program.readUInt16LE(MACHINE)).toBe(MACHINES[architecture]);
          expect(segmentTypes(program)).not.toContain(PT_INTERP);
          expect(program.equals(await readFile(again[index] ?? ''))).toBe(true);
        }
      } finally {
        await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
      }
    },
    BUILD_TIME,
  );
});
