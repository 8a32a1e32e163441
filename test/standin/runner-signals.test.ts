import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { actOn, startToyJob, type ToyJob } from './toy-driver.ts';

const waitsIn = (stage: string): Record<string, string> => ({
  [stage]: `trap 'echo got-term; exit 2' TERM; echo ready; while [ ! -e "$TOY_HOME/go" ]; do sleep 0.05; done`,
});

const goOn = ({ home }: ToyJob): void => writeFileSync(join(home, 'go'), '');

describe('the runner', () => {
  it('on SIGQUIT lets the job finish', async () => {
    const job = startToyJob({
      actions: waitsIn('build_script'),
      onLog: actOn('ready', () => {
        job.signalRunner('SIGQUIT');
        goOn(job);
      }),
    });
    expect((await job.done).state).toBe('success');
  });

  it.each([
    ['SIGTERM', 'terminated'],
    ['SIGINT', 'interrupt'],
  ] as const)('on %s stops a job in its run phase and cleans up', async (signal, word) => {
    const job = startToyJob({
      fields: { afterScript: ['true'] },
      actions: waitsIn('build_script'),
      onLog: actOn('ready', () => job.signalRunner(signal)),
    });
    const result = await job.done;
    expect(result).toMatchObject({ state: 'failed', failureReason: 'runner_interrupted' });
    expect(result.text).toContain('got-term\n');
    expect(result.text).toContain(`ERROR: Job failed: aborted: ${word}`);
    expect(result.stages.slice(-2)).toEqual(['build_script', 'cleanup']);
  });

  it('on SIGTERM spares prepare; a prepare that ends in time is followed by cleanup', async () => {
    const job = startToyJob({
      actions: waitsIn('prepare'),
      onLog: actOn('ready', () => {
        job.signalRunner('SIGTERM');
        goOn(job);
      }),
    });
    const result = await job.done;
    expect(result.failureReason).toBe('runner_interrupted');
    expect(result.text).not.toContain('got-term');
    expect(result.stages.at(-1)).toBe('cleanup');
    expect(result.stages).not.toContain('get_sources');
  });

  it('exits when the shutdown time is over, and prepare goes on as an orphan with broken pipes', async () => {
    const { prepare } = waitsIn('prepare');
    const job = startToyJob({
      actions: { prepare: `trap '' PIPE; ${prepare}; echo still-here || touch "$TOY_HOME/epipe"` },
      settings: { shutdownTimeoutMs: 100 },
      onLog: actOn('ready', () => job.signalRunner('SIGTERM')),
    });
    const result = await job.done;
    expect(result).toMatchObject({ state: 'running', failureReason: undefined });
    expect(result.stages).toEqual(['config', 'prepare']);
    goOn(job);
    await vi.waitUntil(() => existsSync(join(job.home, 'epipe')), { timeout: 20_000 });
    expect(job.calls.map(({ stage }) => stage)).toEqual(['config', 'prepare']);
  });

  it('exits at once on a second signal, also in the middle of cleanup', async () => {
    const job = startToyJob({
      actions: {
        ...waitsIn('build_script'),
        cleanup: `trap '' PIPE; touch "$TOY_HOME/cleaning"; while [ ! -e "$TOY_HOME/go" ]; do sleep 0.05; done; touch "$TOY_HOME/cleaned"`,
      },
      onLog: actOn('ready', () => job.signalRunner('SIGTERM')),
    });
    await vi.waitUntil(() => existsSync(join(job.home, 'cleaning')), { timeout: 20_000 });
    job.signalRunner('SIGTERM');
    expect((await job.done).state).toBe('running');
    goOn(job);
    await vi.waitUntil(() => existsSync(join(job.home, 'cleaned')), { timeout: 20_000 });
  });

  it('that exits between two calls makes no other one', async () => {
    const job = startToyJob({
      fields: { variables: { GET_SOURCES_ATTEMPTS: '2' } },
      actions: { get_sources: 'exit 1' },
      settings: { stageRetryPauseMs: 200 },
      onLog: actOn('Retrying...\x1b[0;m', () => {
        job.signalRunner('SIGTERM');
        job.signalRunner('SIGTERM');
      }),
    });
    expect((await job.done).state).toBe('running');
    // Longer than the pause, after which a runner that lives would go on.
    await sleep(600);
    expect(job.calls.at(-1)?.stage).toBe('get_sources');
  });
});
