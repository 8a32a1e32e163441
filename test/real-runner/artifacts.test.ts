import { expect, it, onTestFinished } from 'vitest';
import { type Coordinator, startCoordinator } from '../coordinator/coordinator.ts';
import { jobPayload, type JobFields } from '../standin/job.ts';
import { startGitServer } from '../support/git-server.ts';
import { BUSYBOX_IMAGE, USER_IMAGE } from '../support/image-names.ts';
import { noDebian } from '../support/no-containers.ts';
import type { World } from '../support/world.ts';
import { scriptFailure, SUCCESS, SYSTEM_FAILURE } from './cases/case.ts';
import { describeReal, ownWorld, runOwn } from './own-job.ts';
import { TOKEN } from './real-runner.ts';

async function gitlab(options: { refuseUploads?: number } = {}): Promise<Coordinator> {
  const coordinator = await startCoordinator(TOKEN, options);
  onTestFinished(() => coordinator.close());
  return coordinator;
}

const BUILD: JobFields = {
  id: 1,
  script: ['mkdir dist', 'echo "made by $CI_JOB_ID" > dist/result.txt'],
  artifacts: [{ paths: ['dist/'] }],
};

const { id, token } = jobPayload(BUILD);
const TEST: JobFields = {
  id: 2,
  script: ['cat dist/result.txt'],
  dependencies: [{ id, token, name: 'build', artifacts_file: { filename: 'artifacts.zip', size: 200 } }],
};

const UNSAVED = /^ERROR: The job's artifacts or cache could not be saved; the lines above say why\.$/m;

/** Two jobs, of which the second one needs what the first one has made. @returns the first one's log. */
async function handsOver(world: World, more: JobFields = {}): Promise<string> {
  const coordinator = await gitlab();
  const build = await runOwn(world, { ...BUILD, ...more }, { coordinator });
  expect(build).toMatchObject(SUCCESS);
  expect(build.stages.slice(-3)).toEqual(['upload_artifacts_on_success', 'cleanup_file_variables', 'cleanup']);
  const test = await runOwn(world, { ...TEST, ...more }, { coordinator });
  expect(test).toMatchObject(SUCCESS);
  expect(test.stages.slice(3, 6)).toEqual(['get_sources', 'download_artifacts', 'build_script']);
  expect(test.text).toMatch(/^made by 1$/m);
  expect(world.emulator.report().groups.created).toBe(2);
  return build.text;
}

describeReal('artifacts on the real runner', () => {
  it('of one job are there in the next one, on another machine', async () => {
    await handsOver(await ownWorld());
  });

  it('of a job whose script fails are those for failures', async () => {
    const coordinator = await gitlab();
    const job = await runOwn(
      await ownWorld(),
      {
        script: ['echo on-success > a', 'echo on-failure > b', 'exit 3'],
        artifacts: [{ paths: ['a'] }, { paths: ['b'], when: 'on_failure' }],
      },
      { coordinator },
    );
    expect(job).toMatchObject(scriptFailure(3));
    expect(job.stages).toContain('upload_artifacts_on_failure');
    expect(job.text).toMatch(/^b: found 1 matching/m);
    expect(job.text).not.toMatch(/^a: found/m);
  });

  it('that are not there are no failure', async () => {
    const job = await runOwn(await ownWorld(), { artifacts: [{ paths: ['dist/'] }] });
    expect(job).toMatchObject(SUCCESS);
    expect(job.text).toMatch(/^ERROR: No files to upload/m);
  });

  it.each([403, 413])('that GitLab refuses (%d) make a green job a system failure', async (refuseUploads) => {
    const job = await runOwn(await ownWorld(), BUILD, { coordinator: await gitlab({ refuseUploads }) });
    expect(job).toMatchObject(SYSTEM_FAILURE);
    expect(job.text).toMatch(new RegExp(`^ERROR: Uploading artifacts .* ${refuseUploads} `, 'm'));
    expect(job.text).toMatch(UNSAVED);
    expect(job.stages.slice(-3)).toEqual(['upload_artifacts_on_success', 'cleanup_file_variables', 'cleanup']);
  });

  it('that GitLab refuses leave a red job what it was', async () => {
    const fields: JobFields = {
      ...BUILD,
      script: ['echo x > dist', 'exit 3'],
      artifacts: [{ paths: ['dist'], when: 'always' }],
    };
    const job = await runOwn(await ownWorld(), fields, { coordinator: await gitlab({ refuseUploads: 413 }) });
    expect(job).toMatchObject(scriptFailure(3));
    expect(job.text).toMatch(UNSAVED);
  });

  it('that are gone fail the job before its script', async () => {
    const coordinator = await gitlab();
    const job = await runOwn(await ownWorld(), TEST, { coordinator });
    expect(job).toMatchObject(scriptFailure(1));
    expect(job.stages).not.toContain('build_script');
  });
});

describeReal(
  'artifacts on the real runner and container machines',
  () => {
    it.each([
      ['root', BUSYBOX_IMAGE],
      ['a user without an entry in passwd', USER_IMAGE],
    ])('go up and down in the helper, beside sources from git, for jobs of %s', async (_user, image) => {
      const repository = await startGitServer({ files: { README: 'a shop\n' } });
      onTestFinished(() => repository.close());
      const log = await handsOver(await ownWorld({ machines: 'containers' }), { image, repository });
      expect(log).toMatch(/^Checking out [0-9a-f]{8} as detached HEAD/m);
    });
  },
  noDebian,
);
