import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { startRunnerProcess, type RunnerProcess } from './runner-process.ts';
import { actOn, readCalls, toyJobOptions } from './toy-driver.ts';

const WAITS = `trap '' PIPE; echo $PPID > "$TOY_HOME/parent"; echo ready
  while [ ! -e "$TOY_HOME/go" ]; do sleep 0.05; done
  ps -o ppid= -p $$ > "$TOY_HOME/parent-later"; touch "$TOY_HOME/finished"`;

/** Runs a job in a runner process and acts on it when the driver waits in the given stage. */
async function start(stage: string, act: (runner: RunnerProcess) => void) {
  const { home, options } = toyJobOptions({ actions: { [stage]: WAITS } });
  let [runner, isReady]: [RunnerProcess | undefined, boolean] = [undefined, false];
  runner = await startRunnerProcess({
    ...options,
    onLog: actOn('ready', () => {
      isReady = true;
      if (runner) act(runner);
    }),
  });
  if (isReady) act(runner);
  const goOn = (): void => writeFileSync(join(home, 'go'), '');
  return {
    result: await runner.done,
    home,
    goOn,
    stages: () => readCalls(join(home, 'calls')).map((call) => call.stage),
  };
}

describe('a runner in a process of its own', () => {
  it('that is killed calls nothing any more, and its driver lives on with another parent', async () => {
    const { result, home, goOn, stages } = await start('build_script', (runner) => runner.kill('SIGKILL'));
    expect(result).toBeUndefined();
    goOn();
    await vi.waitUntil(() => existsSync(join(home, 'finished')), { timeout: 20_000 });
    expect(stages().at(-1)).toBe('build_script');
    const parent = (file: string) => readFileSync(join(home, file), 'utf8').trim();
    expect(parent('parent-later')).not.toBe(parent('parent'));
    // The temporary folder with the job's secrets stays.
    expect(readdirSync(join(home, 'tmp'))).toHaveLength(1);
  });

  it('finishes on SIGTERM what it has to', async () => {
    const { result, stages } = await start('build_script', (runner) => runner.kill('SIGTERM'));
    expect(result).toMatchObject({ state: 'failed', failureReason: 'runner_interrupted' });
    expect(result?.log.toString('utf8')).toContain('ERROR: Job failed: aborted: terminated');
    expect(stages().slice(-2)).toEqual(['build_script', 'cleanup']);
  });
});
