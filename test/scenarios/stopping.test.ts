import { readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import type { RunningJob } from '../standin/run-job.ts';
import { LOSSES, TRAPPING } from '../support/lost-groups.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

/** Does something as soon as the log shows a text. */
function startAnd(job: JobFields, text: string, act: (job: RunningJob) => unknown): RunningJob {
  let seen = '';
  let done = false;
  const running = world.start(job, {
    onLog: (chunk) => {
      seen += chunk.toString('utf8');
      if (done || !seen.includes(text)) return;
      done = true;
      act(running);
    },
  });
  return running;
}

const LONG: JobFields = {
  image: 'alpine:3.20',
  script: ['echo go-$((1+1))', 'sleep 60', 'echo never'],
  afterScript: ['echo "after: $CI_JOB_STATUS"'],
};

describe('a job that is stopped', () => {
  it('by cancel runs its after_script on the same group, and leaves nothing', async () => {
    const result = await startAnd(LONG, 'go-2', (job) => job.cancel()).done;
    await world.nothingLeft();
    expect(result.state).toBe('canceled');
    expect(world.text(result)).toContain('after: canceled');
    expect(result.log.toString()).not.toMatch(/^never/m);
    expect(world.emulator.report().groups.created).toBe(1);
    const script = result.calls.find((call) => call.stage === 'build_script');
    expect(script?.exitCode).toBe(2);
  });

  it('by cancel is no failed test, though its script exits 1 on TERM', async () => {
    const result = await startAnd(TRAPPING, 'go-2', (job) => job.cancel()).done;
    await world.nothingLeft();
    expect(result.state).toBe('canceled');
    expect(result.calls.find((call) => call.stage === 'build_script')?.exitCode).toBe(2);
    expect(result.calls.map((call) => call.exitCode)).not.toContain(1);
  });

  it('by a script that ignores TERM is killed all the same', async () => {
    const job = { ...LONG, script: ["trap '' TERM", 'echo go-$((1+1))', 'for i in $(seq 600); do sleep 0.1; done'] };
    const result = await startAnd(job, 'go-2', (running) => running.cancel()).done;
    await world.nothingLeft();
    expect(world.text(result)).toContain('after: canceled');
  });

  it('by the job timeout gets no after_script, only cleanup', async () => {
    const result = await world.run(LONG, { settings: { jobTimeoutMs: 4000 } });
    await world.nothingLeft();
    expect(result.failureReason).toBe('job_execution_timeout');
    expect(result.calls.at(-1)?.stage).toBe('cleanup');
    expect(world.text(result)).not.toContain('after:');
  });

  it('while it waits for its group leaves none, and prepare never exits 1', async () => {
    await world.stop();
    world = await startWorld({ scenario: '[[image]]\nname = "*"\npull_seconds = 60' });
    const result = await startAnd(LONG, 'pulling images', (job) => job.cancel()).done;
    await world.nothingLeft();
    expect(result.state).toBe('canceled');
    expect(result.calls.map((call) => [call.stage, call.exitCode])).toEqual([
      ['config', 0],
      ['prepare', 2],
      ['cleanup', 0],
    ]);
    expect(await world.records()).toEqual([]);
  });
});

describe('a job that loses its group in the middle of its script', () => {
  it.each(LOSSES)(
    '(%s) is a system failure, though its script exits 1 on TERM; the sentence stands once, and later stages end at once',
    async (_how, lose, sentence) => {
      const result = await startAnd(TRAPPING, 'go-2', () => lose(world.emulator)).done;
      await world.nothingLeft();
      const log = world.text(result);
      expect(result).toMatchObject({ state: 'failed', failureReason: 'runner_system_failure' });
      expect(result.calls.map((call) => call.exitCode)).not.toContain(1);
      expect(log.match(new RegExp(sentence, 'g'))).toHaveLength(1);
      expect(log.match(/^ERROR: (?!Job failed)/gm)).toHaveLength(1);
      const stages = result.calls.map((call) => call.stage);
      expect(stages).toContain('after_script');
      expect(
        result.calls
          .filter((call) => call.stage === 'after_script' || call.stage === 'cleanup_file_variables')
          .map((call) => call.exitCode),
      ).toEqual([2, 2]);
    },
  );
});

describe('cleanup', () => {
  it('finds the group by its tags when the record is lost', async () => {
    const prepared = await prepareJob(world);
    await rm(prepared.recordFile);
    const cleanup = await prepared.cleanup();
    expect(cleanup.code).toBe(0);
    await world.nothingLeft();
  });

  it('may come twice', async () => {
    const prepared = await prepareJob(world);
    expect((await prepared.cleanup()).code).toBe(0);
    expect((await prepared.cleanup()).code).toBe(0);
    await world.nothingLeft();
  });

  it('needs no settings that are valid: the record says what to delete', async () => {
    const prepared = await prepareJob(world);
    await writeFile(world.settingsFile, 'region = 7');
    expect((await prepared.cleanup()).code).toBe(0);
    await world.nothingLeft();
  });

  it('that has neither a record nor valid settings says which group may be left', async () => {
    const prepared = await prepareJob(world);
    const settings = await readFile(world.settingsFile, 'utf8');
    await rm(prepared.recordFile);
    await writeFile(world.settingsFile, 'region = 7');
    const cleanup = await prepared.cleanup();
    expect(cleanup.code).toBe(2);
    expect(cleanup.stderr).toMatch(
      /with the tag gitlab-eci-attempt=[0-9a-f]{16} may still be running: The settings file .* is not valid\.[^]*region: 7 is not valid/,
    );
    await writeFile(world.settingsFile, settings);
    expect((await prepared.cleanup()).code).toBe(0);
    await world.nothingLeft();
  });

  it('that cannot reach the API says which group may be left, and how to find it', async () => {
    await world.stop();
    world = await startWorld({ settings: 'cleanup_resources_timeout = 1' });
    const prepared = await prepareJob(world);
    world.emulator.fault({ action: 'DeleteContainerGroup', fault: 'reset', times: 100, seconds: 0 });
    const cleanup = await prepared.cleanup();
    expect(cleanup.code).toBe(2);
    expect(cleanup.stderr).toMatch(/with the tag gitlab-eci-attempt=[0-9a-f]{16} may still be running/);
  });
});
