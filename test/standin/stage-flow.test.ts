import { describe, expect, it } from 'vitest';
import type { JobFields } from './job.ts';
import { runToyJob } from './toy-driver.ts';

/** A job with something to do in every stage. */
const fields: JobFields = {
  script: ['true'],
  afterScript: ['true'],
  moreSteps: { release: ['true'] },
  cache: [{ key: 'npm', paths: ['.npm/'], when: 'always' }],
  artifacts: [{ paths: ['dist/'], when: 'always' }],
  dependencies: [{ id: 1, token: 't', name: 'build', artifacts_file: { filename: 'artifacts.zip', size: 1 } }],
};

const run = async (actions: Record<string, string>, variables: Record<string, string> = {}) => {
  const result = await runToyJob({ fields: { ...fields, variables }, actions });
  expect(result.stages.slice(0, 2)).toEqual(['config', 'prepare']);
  expect(result.stages.at(-1)).toBe('cleanup');
  const statusOf = (stage: string) =>
    result.recorded.find((each) => each.stage === stage)?.env.get('CUSTOM_ENV_CI_JOB_STATUS');
  return { ...result, run: result.stages.slice(2, -1), statusOf };
};

const SOURCES = ['prepare_script', 'get_sources', 'restore_cache', 'download_artifacts'];
const SAVED = ['archive_cache', 'upload_artifacts_on_success', 'cleanup_file_variables'];
const SAVED_ON_FAILURE = ['archive_cache_on_failure', 'upload_artifacts_on_failure', 'cleanup_file_variables'];

describe('the stages of the run phase', () => {
  it('are all there in a job that has work for all of them', async () => {
    const result = await run({});
    expect(result.run).toEqual([...SOURCES, 'build_script', 'step_release', 'after_script', ...SAVED]);
    expect(result.state).toBe('success');
  });

  it('are left out when there is nothing to do', async () => {
    const { stages } = await runToyJob({ fields: { cache: [{ key: 'a', paths: ['a'], when: 'on_failure' }] } });
    expect(stages).toEqual([
      ...['config', 'prepare', 'prepare_script', 'get_sources', 'restore_cache', 'build_script'],
      ...['cleanup_file_variables', 'cleanup'],
    ]);
  });

  it.each([
    ['exit 1', 'script_failure', 1],
    ['exit 2', 'runner_system_failure', undefined],
  ])('end after prepare_script failed with "%s"', async (action, failureReason, exitCode) => {
    const result = await run({ prepare_script: action });
    expect(result.run).toEqual(['prepare_script']);
    expect(result).toMatchObject({ state: 'failed', failureReason, exitCode });
    expect(result.text).toContain(`: prepare environment: exit status`);
    expect(result.statusOf('cleanup')).toBe('running');
  });

  it.each(['get_sources', 'restore_cache', 'download_artifacts'])(
    'skip the script and after_script when %s fails',
    async (stage) => {
      const result = await run({ [stage]: 'exit 2' });
      expect(result.run).toEqual([...SOURCES.slice(0, SOURCES.indexOf(stage) + 1), ...SAVED_ON_FAILURE]);
      expect(result.failureReason).toBe('runner_system_failure');
      expect(result.statusOf('cleanup')).toBe('running');
    },
  );

  it('repeat get_sources after any failure, with clear_worktree once in front of the second attempt', async () => {
    const result = await run({ get_sources: 'exit 1' }, { GET_SOURCES_ATTEMPTS: '3' });
    expect(result.run).toEqual([
      ...['prepare_script', 'get_sources', 'clear_worktree', 'get_sources', 'get_sources'],
      ...SAVED_ON_FAILURE,
    ]);
    expect(result).toMatchObject({ failureReason: 'script_failure', exitCode: 1 });
    expect(result.text.match(/WARNING: Retrying\.\.\./g)).toHaveLength(2);
  });

  it('go on with after_script and what saves results when the script fails', async () => {
    const result = await run({ build_script: 'exit 1' });
    expect(result.run).toEqual([...SOURCES, 'build_script', 'after_script', ...SAVED_ON_FAILURE]);
    expect(['build_script', 'after_script', 'cleanup'].map(result.statusOf)).toEqual(['running', 'failed', 'failed']);
  });

  it('do not care about after_script by default', async () => {
    const result = await run({ after_script: 'exit 1' });
    expect(result.run.slice(-3)).toEqual(SAVED);
    expect(result.state).toBe('success');
    expect(result.text).toContain('WARNING: after_script failed, but job will continue unaffected: exit status 1');
  });

  it('care about after_script with AFTER_SCRIPT_IGNORE_ERRORS=false', async () => {
    const result = await run({ after_script: 'exit 1' }, { AFTER_SCRIPT_IGNORE_ERRORS: 'false' });
    expect(result.run.slice(-3)).toEqual(SAVED_ON_FAILURE);
    expect(result).toMatchObject({ failureReason: 'script_failure', exitCode: 1 });
    expect(result.statusOf('cleanup')).toBe('success');
  });

  it('fail a green job when results cannot be saved, and go on with the rest', async () => {
    const result = await run({ archive_cache: 'exit 2' });
    expect(result.run.slice(-3)).toEqual(SAVED);
    expect(result.failureReason).toBe('runner_system_failure');
    const upload = await run({ build_script: 'exit 1', upload_artifacts_on_failure: 'exit 2' });
    expect(upload.failureReason).toBe('script_failure');
  });

  it('do not care about cleanup_file_variables', async () => {
    expect((await run({ cleanup_file_variables: 'exit 2' })).state).toBe('success');
  });
});
