import { expect, it, onTestFinished } from 'vitest';
import { jobPayload } from '../standin/job.ts';
import { gitAvailable, type GitServerOptions, startGitServer } from '../support/git-server.ts';
import { SUCCESS } from './cases/case.ts';
import { describeReal, type OwnJob, ownWorld, runOwn } from './own-job.ts';

const PROJECT: GitServerOptions = {
  files: { greeting: 'hello\n' },
  submodules: {
    'libs/parts': {
      path: 'acme/parts',
      files: { 'part.txt': 'a part\n' },
      submodules: { screws: { path: 'acme/screws', files: { 'screw.txt': 'a screw\n' } } },
    },
  },
};

const FILES = ['greeting', 'libs/parts/part.txt', 'libs/parts/screws/screw.txt'];

/** A job that prints what it has of the project, which only its own token may read, submodules included. */
async function printSources(variables: Readonly<Record<string, string>>, failures = 0): Promise<OwnJob> {
  const credentials = { user: 'gitlab-ci-token', password: jobPayload().token };
  const server = await startGitServer({ ...PROJECT, credentials, failures });
  onTestFinished(() => server.close());
  // The job's token is for repositories of the same GitLab.
  const gitlabUrl = new URL(server.url).origin;
  const script = ['pwd', `for each in ${FILES.join(' ')}; do if [ -f $each ]; then cat $each; fi; done`];
  return runOwn(await ownWorld(), { repository: server, gitlabUrl, variables, script });
}

const printed = ({ text }: OwnJob): string[] =>
  text.split('\n').filter((line) => /^(hello|a part|a screw)$/.test(line));

const tests = (): void => {
  it.each([
    ['none', /^Skipping Git repository setup$/m, /\/builds\/acme\/shop$/m],
    ['empty', /^Skipping Git repository setup and creating an empty build directory$/m, /\/builds\/acme\/shop-empty$/m],
  ])('are not there with GIT_STRATEGY=%s, but its folder is', async (GIT_STRATEGY, line, folder) => {
    const job = await printSources({ GIT_STRATEGY });
    expect(job).toMatchObject(SUCCESS);
    expect(job.text).toMatch(line);
    expect(job.text).toMatch(folder);
    expect(printed(job)).toEqual([]);
  });

  it.each([
    ['none', ['hello']],
    ['normal', ['hello', 'a part']],
    ['recursive', ['hello', 'a part', 'a screw']],
  ])('with GIT_SUBMODULE_STRATEGY=%s are %j', async (GIT_SUBMODULE_STRATEGY, lines) => {
    const job = await printSources({ GIT_SUBMODULE_STRATEGY });
    expect(job).toMatchObject(SUCCESS);
    expect(printed(job)).toEqual(lines);
  });

  it.each([
    ['FF_GIT_URLS_WITHOUT_TOKENS', 'fetch'],
    ['FF_USE_GIT_NATIVE_CLONE', 'clone'],
  ])('with %s are whole, and the token is not shown', async (flag, GIT_STRATEGY) => {
    const job = await printSources({ [flag]: 'true', GIT_STRATEGY, GIT_SUBMODULE_STRATEGY: 'recursive' });
    expect(job).toMatchObject(SUCCESS);
    expect(printed(job)).toEqual(['hello', 'a part', 'a screw']);
    expect(job.text).not.toContain(jobPayload().token);
  });

  it.each([
    ['clone', ['Initialized empty', 'Initialized empty']],
    ['fetch', ['Initialized empty', 'Reinitialized existing']],
  ])('with GIT_STRATEGY=%s and a second attempt come into repositories %j', async (GIT_STRATEGY, repositories) => {
    const job = await printSources({ GIT_STRATEGY, GET_SOURCES_ATTEMPTS: '2' }, 1);
    expect(job).toMatchObject(SUCCESS);
    expect(job.stages.slice(2, 6)).toEqual(['prepare_script', 'get_sources', 'clear_worktree', 'get_sources']);
    expect(job.text.match(/(Initialized|Reinitialized) \w+(?= Git repository)/g)).toEqual(repositories);
    expect(printed(job)).toEqual(['hello']);
  });
};

describeReal('the sources of a job on the real runner', tests, gitAvailable() ? '' : 'needs git');
