import { expect, it } from 'vitest';
import { LOSSES, TRAPPING } from '../support/lost-groups.ts';
import { noDebian } from '../support/no-containers.ts';
import { SCRIPT_AND_AFTER_SCRIPT, SYSTEM_FAILURE } from './cases/case.ts';
import { describeReal, ownWorld, runOwn } from './own-job.ts';

describeReal(
  'a job on the real runner that loses its container machine in the middle of its script',
  () => {
    it.each(LOSSES)('(%s) is no failed test, though the script exits 1 on TERM', async (_how, lose, sentence) => {
      const world = await ownWorld({ machines: 'containers' });
      let seen = '';
      let isLost = false;
      const job = await runOwn(world, TRAPPING, {
        onLog: (chunk) => {
          seen += chunk.toString('utf8');
          if (isLost || !seen.includes('go-2')) return;
          isLost = true;
          lose(world.emulator);
        },
      });
      expect(job).toMatchObject(SYSTEM_FAILURE);
      expect(job.stages).toEqual(SCRIPT_AND_AFTER_SCRIPT);
      expect(job.text).toMatch(sentence);
      expect(job.text).not.toMatch(/^(never|after:)/m);
    });
  },
  noDebian,
);
