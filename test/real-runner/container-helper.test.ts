import { expect, it } from 'vitest';
import { noDebian } from '../support/no-containers.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { plainText, startWorld } from '../support/world.ts';
import { GITLAB_RUNNER } from './real-runner.ts';

const missing = GITLAB_RUNNER === '' ? 'GITLAB_RUNNER names no binary' : noDebian;
const note = missing === undefined ? '' : ` (skipped: ${missing})`;

it.skipIf(missing !== undefined)(
  `a helper container saves and restores a cache by GitLab's own program${note}`,
  async () => {
    const world = await startWorld({ machines: 'containers', gitlabRunner: GITLAB_RUNNER });
    try {
      const job = await prepareJob(world);
      const built = await job.run('mkdir -p /builds/p/vendor; echo kept > /builds/p/vendor/file');
      const saved = await job.run(
        'cd /builds/p && gitlab-runner cache-archiver --file /cache/k/cache.zip --path vendor && rm -r vendor',
        'archive_cache',
      );
      const restored = await job.run(
        'cd /builds/p && gitlab-runner cache-extractor --file /cache/k/cache.zip',
        'restore_cache',
      );
      expect([built.code, saved.code, restored.code]).toEqual([0, 0, 0]);
      expect(plainText(saved.stdout)).toMatch(/vendor: found 2 matching/);
      expect((await job.run('cat /builds/p/vendor/file')).stdout.toString()).toBe('kept\n');
      expect((await job.cleanup()).code).toBe(0);
      await world.nothingLeft();
    } finally {
      await world.stop();
    }
  },
);
