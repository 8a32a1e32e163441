import { afterEach, describe, expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { gitAvailable, startGitServer } from '../support/git-server.ts';
import { noDebian } from '../support/no-containers.ts';
import { startWorld, type World } from '../support/world.ts';

const note = noDebian === undefined ? '' : ` (${noDebian})`;

/** The shortest that the settings allow, and stages that last three times as long and a bit, in seconds. */
const ABANDON_AFTER = 15;
const LONG = 3 * ABANDON_AFTER + 2;

let world: World;
afterEach(() => world.stop());

async function run(job: JobFields) {
  const result = await world.run({ afterScript: ['echo "after $CI_JOB_STATUS"'], ...job });
  return { state: result.state, text: world.text(result), codes: result.calls.map(({ exitCode }) => exitCode) };
}

describe.skipIf(noDebian !== undefined || !gitAvailable())(`a stage of three times abandon_after${note}`, () => {
  it(
    'leaves the other container as it is, whichever it runs in',
    async () => {
      world = await startWorld({ machines: 'containers', settings: `abandon_after = ${ABANDON_AFTER}` });
      const server = await startGitServer({ files: { hello: 'from the repository\n' }, slowness: LONG });
      const { url, sha } = server;
      try {
        const startedAt = Date.now();
        const [inBuild, inHelper] = await Promise.all([
          run({ image: 'alpine:3.20', script: [`sleep ${LONG}; echo slept | tr a-z A-Z`] }),
          run({ image: 'alpine:3.20', script: ['cat hello'], repository: { url, sha } }),
        ]);
        await world.nothingLeft();
        expect(Date.now() - startedAt).toBeGreaterThan(LONG * 1000);
        // Stages of the helper follow in the one, stages of build in the other.
        for (const { state, text, codes } of [inBuild, inHelper]) {
          expect(codes.filter((code) => code !== 0)).toEqual([]);
          expect(state).toBe('success');
          expect(text).toContain('\nafter success\n');
        }
        expect(inBuild.text).toContain('\nSLEPT\n');
        expect(inHelper.text).toContain('\nfrom the repository\n');
      } finally {
        await server.close();
      }
    },
    LONG * 1000 + 120_000,
  );
});
