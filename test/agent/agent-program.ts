import { mkdtemp, rm } from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Architecture, buildAgent, findGo } from '../../build-agent.ts';

/** Go's names for Node's. */
const ARCH: Readonly<Record<string, Architecture>> = { x64: 'amd64', arm64: 'arm64' };
/** This machine's; undefined where the agent does not run. */
export const architecture = ARCH[arch()];

/** Why the agent cannot be tested here, if it cannot. */
export const noAgent =
  process.platform !== 'linux' || architecture === undefined
    ? 'the agent runs on Linux on amd64 and arm64 only'
    : findGo() === undefined
      ? 'needs Go, as new as src/agent/go.mod says'
      : undefined;

/** Builds the agent for this machine before the tests around this call. @returns what gives its path. */
export function builtAgent(): () => string {
  let folder: string | undefined;
  let program: string | undefined;
  beforeAll(async () => {
    if (noAgent !== undefined || architecture === undefined) return;
    folder = await mkdtemp(join(tmpdir(), 'agent-'));
    [program] = await buildAgent(folder, [architecture]);
  }, 300_000);
  afterAll(async () => {
    if (folder) await rm(folder, { recursive: true, force: true });
  });
  return () => {
    if (program === undefined) throw new Error('the agent was not built');
    return program;
  };
}
