import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { JobResult } from './job-run.ts';
import type { JobOptions } from './run-job.ts';

export type RunnerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'stage'; readonly stage: string; readonly pid: number }
  | { readonly kind: 'result'; readonly result: Omit<JobResult, 'log'> };

/** A runner that is a process of its own, so that it can be killed, and that drivers lose as their parent. */
export interface RunnerProcess {
  /** SIGTERM, SIGINT and SIGQUIT as to a runner; SIGKILL is the lost host. */
  kill(signal: NodeJS.Signals): void;
  /** The process is gone; undefined when it went without a result. */
  readonly done: Promise<JobResult | undefined>;
}

/** The same as `startJob`, in a process of its own. */
export async function startRunnerProcess({ onStage, onLog, ...options }: JobOptions): Promise<RunnerProcess> {
  const child = fork(fileURLToPath(new URL('runner-main.ts', import.meta.url)), [], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const log: Buffer[] = [];
  let result: Omit<JobResult, 'log'> | undefined;
  child.stdout?.on('data', (chunk: Buffer) => {
    log.push(chunk);
    onLog?.(chunk);
  });
  const ready = new Promise<void>((resolve) =>
    child.on('message', (message: RunnerMessage) => {
      if (message.kind === 'ready') resolve();
      else if (message.kind === 'stage') onStage?.(message.stage, message.pid);
      else result = message.result;
    }),
  );
  const closed = once(child, 'close');
  await Promise.race([ready, closed.then(() => Promise.reject(new Error('the runner process did not start')))]);
  child.send(options);
  return {
    kill: (signal) => void child.kill(signal),
    done: closed.then(() => result && { ...result, log: Buffer.concat(log) }),
  };
}
