import { expect, it, onTestFinished } from 'vitest';
import { jobPayload } from '../standin/job.ts';
import { addDash, DASH_IMAGE } from '../support/dash-image.ts';
import { startGitServer } from '../support/git-server.ts';
import { BUSYBOX_IMAGE } from '../support/image-names.ts';
import { noDebian } from '../support/no-containers.ts';
import { SUCCESS } from './cases/case.ts';
import { describeReal, ownWorld, runOwn } from './own-job.ts';

describeReal(
  'the image of a job on the real runner and container machines',
  () => {
    it("whose only shell is dash runs the runner's scripts in POSIX quoting", async () => {
      const world = await ownWorld({ machines: 'containers' });
      await addDash(world.images);
      const variables = { FF_POSIXLY_CORRECT_ESCAPES: 'true' };
      const job = await runOwn(world, { image: DASH_IMAGE, script: ['echo "it\'s $((1+1)) words"'], variables });
      expect(job).toMatchObject(SUCCESS);
      expect(job.text).toMatch(/^it's 2 words$/m);
    });

    it.each([
      ["everybody's, as the Kubernetes executor has it", {}, /<\d+ 666>/],
      ["its user's, where the flag says so", { FF_DISABLE_UMASK_FOR_KUBERNETES_EXECUTOR: 'true' }, /<1234 644>/],
    ])('whose user is not root finds sources that are %s', async (_whose, variables, owner) => {
      const world = await ownWorld({ machines: 'containers' });
      const credentials = { user: 'gitlab-ci-token', password: jobPayload().token };
      const repository = await startGitServer({ files: { greeting: 'hello\n' }, credentials });
      onTestFinished(() => repository.close());
      const job = await runOwn(world, {
        image: BUSYBOX_IMAGE,
        imageOptions: { kubernetes: { user: '1234' } },
        repository,
        script: ['stat -c "<%u %a>" greeting', 'echo more >> greeting', 'cat greeting'],
        variables,
      });
      expect(job).toMatchObject(SUCCESS);
      expect(job.text).toMatch(owner);
      expect(job.text).toMatch(/^hello\nmore$/m);
    });
  },
  noDebian,
);
