import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JobFields } from './job.ts';
import type { RunnerSettings } from './settings.ts';
import { actOn, startToyJob, type ToyJob, type ToyResult } from './toy-driver.ts';

const fields: JobFields = { afterScript: ['true'], artifacts: [{ paths: ['dist/'], when: 'always' }] };

/** Waits for SIGTERM, says so, and ends with the given code. */
const waits = (code: number): string => `trap 'echo got-term; exit ${code}' TERM; echo ready; sleep 1000 & wait`;

interface Scenario {
  readonly actions: Record<string, string>;
  readonly variables?: Record<string, string>;
  readonly settings?: Partial<RunnerSettings>;
  readonly fields?: JobFields;
  /** Done when the driver has said "ready". */
  readonly act?: (job: ToyJob) => void;
}

async function run({ actions, variables = {}, settings = {}, act, fields: more = {} }: Scenario) {
  const job: ToyJob = startToyJob({
    fields: { ...fields, ...more, variables },
    actions,
    settings,
    onLog: actOn('ready', () => act?.(job)),
  });
  const result = await job.done;
  return { ...result, status: statusAtEnd(result) };
}

const statusAtEnd = ({ recorded }: ToyResult): string | undefined =>
  recorded.findLast(({ stage }) => stage === 'cleanup')?.env.get('CUSTOM_ENV_CI_JOB_STATUS');

const AFTER_STAGES = ['after_script', 'upload_artifacts_on_failure', 'cleanup_file_variables', 'cleanup'];

describe('a cancel in GitLab', () => {
  it.each([0, 1, 2])(
    'during the script (which then exits %i) stops it; after_script and the results follow',
    async (code) => {
      const result = await run({ actions: { build_script: waits(code) }, act: (job) => job.cancel() });
      expect(result).toMatchObject({ state: 'canceled', failureReason: 'job_canceled', exitCode: undefined });
      expect(result.text).toContain('got-term\n');
      expect(result.text).toContain('WARNING: script canceled externally (UI, API)');
      expect(result.text).toContain('ERROR: Job failed: canceled');
      expect(result.stages.slice(-5)).toEqual(['build_script', ...AFTER_STAGES]);
      expect(result.status).toBe('canceled');
    },
  );

  it('is an unknown failure to a GitLab that does not know the reason', async () => {
    const result = await run({
      actions: { build_script: waits(2) },
      fields: { failureReasons: [] },
      act: (job) => job.cancel(),
    });
    expect(result).toMatchObject({ state: 'canceled', failureReason: 'unknown_failure' });
  });

  it('before the script leads straight to cleanup', async () => {
    const result = await run({ actions: { get_sources: waits(2) }, act: (job) => job.cancel() });
    expect(result.state).toBe('canceled');
    expect(result.stages.slice(-2)).toEqual(['get_sources', 'cleanup']);
    expect(result.status).toBe('running');
  });

  it('after the script is ignored by the runner; GitLab calls the job canceled', async () => {
    const result = await run({
      actions: { after_script: 'echo ready; sleep 0.2' },
      act: (job) => job.cancel(),
    });
    expect(result).toMatchObject({ state: 'canceled', failureReason: undefined });
    expect(result.stages.at(-3)).toBe('upload_artifacts_on_success');
  });

  it.each(['config', 'prepare'])('during %s ends the attempts', async (stage) => {
    const action =
      stage === 'config' ? waits(2).replaceAll('; exit', ' >&2; exit').replace('ready', 'ready >&2') : waits(2);
    const result = await run({ actions: { [stage]: action }, act: (job) => job.cancel() });
    expect(result).toMatchObject({ state: 'canceled', failureReason: 'job_canceled' });
    expect(result.stages.slice(-2)).toEqual([stage, 'cleanup']);
    expect(result.calls.at(-1)?.attempt).toBe(1);
    expect(result.text).not.toContain('Will be retried');
  });

  it('during prepare loses against exit 1', async () => {
    const result = await run({ actions: { prepare: waits(1) }, act: (job) => job.cancel() });
    expect(result).toMatchObject({ state: 'canceled', failureReason: 'script_failure', exitCode: 1 });
  });

  it('during the pause between two attempts ends it', async () => {
    const job = startToyJob({
      actions: { prepare: 'exit 2' },
      settings: { preparationRetryIntervalMs: 600_000 },
      onLog: (chunk) => {
        if (chunk.includes('Will be retried in 10m0s ...')) job.cancel();
      },
    });
    const result = await job.done;
    expect(result.state).toBe('canceled');
    expect(result.stages).toEqual(['config', 'prepare', 'cleanup']);
  });
});

describe('a forced cancel', () => {
  it('during the script leads straight to cleanup, which sees a failed job', async () => {
    const result = await run({ actions: { build_script: waits(2) }, act: (job) => job.forceCancel() });
    expect(result).toMatchObject({ state: 'canceled', failureReason: 'job_canceled' });
    expect(result.stages.slice(-2)).toEqual(['build_script', 'cleanup']);
    expect(result.status).toBe('failed');
  });
});

describe('a time that is over', () => {
  it('RUNNER_SCRIPT_TIMEOUT stops the script; after_script and the results follow', async () => {
    const result = await run({
      actions: { build_script: 'sleep 1000' },
      variables: { RUNNER_SCRIPT_TIMEOUT: '200ms' },
    });
    expect(result).toMatchObject({ state: 'failed', failureReason: 'job_execution_timeout', status: 'timedout' });
    expect(result.stages.slice(-5)).toEqual(['build_script', ...AFTER_STAGES]);
    expect(result.text).toContain('WARNING: step_script could not run to completion because the timeout was exceeded.');
  });

  it('RUNNER_AFTER_SCRIPT_TIMEOUT stops after_script and changes nothing else', async () => {
    const variables = { RUNNER_AFTER_SCRIPT_TIMEOUT: '200ms' };
    const result = await run({ actions: { after_script: 'sleep 1000' }, variables });
    expect(result.state).toBe('success');
    expect(result.stages.at(-3)).toBe('upload_artifacts_on_success');
  });

  it.each(['soon', '-1m', '3h'])('RUNNER_SCRIPT_TIMEOUT=%s is ignored with a warning', async (value) => {
    const result = await run({ actions: {}, variables: { RUNNER_SCRIPT_TIMEOUT: value } });
    expect(result.state).toBe('success');
    expect(result.text).toMatch(new RegExp(`WARNING: .*RUNNER_SCRIPT_TIMEOUT timeout: ${value}`));
  });

  it("the job's stops everything but cleanup", async () => {
    const result = await run({ actions: { build_script: 'sleep 1000' }, settings: { jobTimeoutMs: 5000 } });
    expect(result).toMatchObject({ state: 'failed', failureReason: 'job_execution_timeout', status: 'failed' });
    expect(result.text).toContain('ERROR: Job failed: execution took longer than 5s seconds');
    expect(result.stages.slice(-2)).toEqual(['build_script', 'cleanup']);
  });

  it.each([
    ['the job’s', { jobTimeoutMs: 2000 }, 'script_failure'],
    ['prepare_timeout', { prepareTimeoutMs: 300 }, 'job_execution_timeout'],
  ])('%s during prepare: whether exit 1 wins depends on the limit', async (_name, settings, failureReason) => {
    // Without waiting for a marker the trap might come too late, so config waits for the limit from within the trap's reach.
    const result = await run({ actions: { config: `trap 'exit 1' TERM; sleep 1000 & wait` }, settings });
    expect(result.stages).toEqual(['config', 'cleanup']);
    expect(result.failureReason).toBe(failureReason);
  });

  it.each(['configExecTimeoutMs', 'prepareExecTimeoutMs'] as const)(
    '%s counts as a failed attempt',
    async (setting) => {
      const stage = setting === 'configExecTimeoutMs' ? 'config' : 'prepare';
      const result = await run({ actions: { [stage]: 'sleep 1000' }, settings: { [setting]: 200 } });
      expect(result.failureReason).toBe('runner_system_failure');
      expect(result.stages.filter((each) => each === stage)).toHaveLength(3);
    },
  );

  it('get_sources_timeout ends the run phase', async () => {
    const result = await run({ actions: { get_sources: 'sleep 1000' }, settings: { getSourcesTimeoutMs: 200 } });
    expect(result.failureReason).toBe('job_execution_timeout');
    expect(result.text).toContain('get sources timeout: exceeded timeout of 200ms');
    expect(result.stages.slice(-2)).toEqual(['get_sources', 'cleanup']);
  });

  it('cleanup_exec_timeout stops cleanup and costs a warning', async () => {
    const result = await run({ actions: { cleanup: 'sleep 1000' }, settings: { cleanupExecTimeoutMs: 200 } });
    expect(result.state).toBe('success');
    expect(result.text).toContain('WARNING: Cleanup script failed: unknown Custom executor executable exit code -1;');
  });
});

describe('a driver that does not end', () => {
  it('on SIGTERM is killed with its group after the graceful time', async () => {
    const result = await run({
      actions: { build_script: `trap '' TERM; echo ready; while :; do sleep 0.05; done` },
      settings: { gracefulKillTimeoutMs: 200 },
      act: (job) => job.cancel(),
    });
    expect(result.state).toBe('canceled');
    expect(result.calls.find(({ stage }) => stage === 'build_script')).toMatchObject({
      exitCode: null,
      signal: 'SIGKILL',
    });
    expect(result.stages.slice(-4)).toEqual(AFTER_STAGES);
  });

  it('counts as running as long as somebody holds its pipes', async () => {
    const helper = `(while [ ! -e "$TOY_HOME/go" ]; do sleep 0.05; done; echo from-helper) &`;
    const result = await run({
      actions: { build_script: `${helper} (sleep 0.3; touch "$TOY_HOME/go") > /dev/null 2>&1 & exit 0` },
    });
    expect(result.state).toBe('success');
    expect(result.text.indexOf('from-helper')).toBeLessThan(result.text.indexOf('Running after_script'));
    expect(result.text).toContain('from-helper\n');
  });

  it('because its pipes are held outside its group is given up in the end', async () => {
    const helper = `setsid bash -c 'echo $$ > "$TOY_HOME/helper"; echo ready; exec sleep 1000' &`;
    const result = await run({
      actions: { build_script: `${helper} exit 0`, cleanup: 'kill "$(cat "$TOY_HOME/helper")"' },
      settings: { gracefulKillTimeoutMs: 100, forceKillTimeoutMs: 100 },
      act: (job) => job.cancel(),
    });
    expect(result.state).toBe('canceled');
    expect(result.calls.find(({ stage }) => stage === 'build_script')).toMatchObject({ exitCode: null, signal: null });
  });

  it('in time is still alive when cleanup comes', async () => {
    const result = await run({
      actions: {
        build_script: `trap '' TERM; echo $$ > "$TOY_HOME/pid"; echo ready; while [ ! -e "$TOY_HOME/go" ]; do sleep 0.05; done`,
        cleanup: 'kill -0 "$(cat "$TOY_HOME/pid")" && touch "$TOY_HOME/both"; touch "$TOY_HOME/go"',
      },
      settings: { buildFinishTimeoutMs: 200 },
      act: (job) => job.forceCancel(),
    });
    expect(existsSync(join(result.home, 'both'))).toBe(true);
    expect(result.text).toContain('WARNING: Timed out waiting for the build to finish');
  });
});
