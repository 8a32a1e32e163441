import type { JobOptions } from './run-job.ts';
import { startJob } from './run-job.ts';
import type { RunnerMessage } from './runner-process.ts';

/** The program of `runner-process.ts`: one runner with one job, which its parent sends. The job's log goes to stdout. */

const tell = (message: RunnerMessage): void => void process.send?.(message);

process.once('message', (options: JobOptions) => {
  const job = startJob({
    ...options,
    onStage: (stage, pid) => tell({ kind: 'stage', stage, pid }),
    onLog: (chunk) => process.stdout.write(chunk),
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) process.on(signal, () => job.signalRunner(signal));
  void job.done.then(({ log: _log, ...result }) => {
    tell({ kind: 'result', result });
    // Driver processes that are left become orphans, as with a real runner.
    process.disconnect();
    process.stdout.end(() => process.exit());
  });
});
tell({ kind: 'ready' });
