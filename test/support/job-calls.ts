import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { jobPayload } from '../standin/job.ts';
import { DRIVER } from './bundle.ts';
import type { World } from './world.ts';

export interface StageEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly exitCodeFile: string | undefined;
  /** Largest resident set that was seen, in bytes; 0 where /proc tells nothing. */
  readonly peakMemory: number;
}

/** What becomes of the driver's output: `closed` has no reader at all, `unread` has one that never reads. */
export type Pipes = 'read' | 'closed' | 'unread';

/** A call of the driver that is under way. */
export interface StartedCall {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly end: Promise<StageEnd>;
  /** Resolves when stdout has shown a text. @throws when the call ends before. */
  shown(text: string): Promise<void>;
}

/** The calls of one job, made by hand as the runner makes them: for tests that do something in between, or in the middle of one. */
export interface JobCalls {
  readonly recordFile: string;
  /** What the runner gives to each call. */
  readonly environment: Readonly<Record<string, string>>;
  start(args: readonly string[], pipes?: Pipes): StartedCall;
  /** The same for a script as it is; in the build container unless the stage says otherwise. */
  startRun(script: string, stage?: string, pipes?: Pipes): Promise<StartedCall>;
}

/** Calls `config` of the built driver and keeps what it says for the later calls. */
export async function startJobCalls(world: World): Promise<JobCalls> {
  const folder = await mkdtemp(join(world.folder, 'calls-'));
  await mkdir(join(folder, 'scripts'));
  const responseFile = join(folder, 'response.json');
  const job = jobPayload({ image: 'alpine:3.20' });
  world.evidence.plantJob(job);
  await writeFile(responseFile, JSON.stringify(job));
  const runnerNames = {
    BUILD_FAILURE_EXIT_CODE: '1',
    SYSTEM_FAILURE_EXIT_CODE: '2',
    BUILD_EXIT_CODE_FILE: join(folder, 'build_exit_code'),
    JOB_RESPONSE_FILE: responseFile,
    CUSTOM_ENV_CI_RUNNER_VERSION: '19.4.0',
  };
  const exitCodeFile = (): Promise<string | undefined> =>
    readFile(runnerNames.BUILD_EXIT_CODE_FILE, 'utf8').catch(() => undefined);
  const startWith = (
    env: Readonly<Record<string, string>>,
    [command = '', ...rest]: readonly string[],
    pipes: Pipes,
  ): StartedCall => {
    const args = [DRIVER, command, '--config', world.settingsFile, ...rest];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const call = followCall(child, pipes, exitCodeFile);
    // What a script prints is nobody's to search here: no runner masks it.
    if (command !== 'run')
      void call.end.then(
        (end) => keepOutput(end, command, world),
        () => undefined,
      );
    return call;
  };

  const { stdout } = await startWith({ ...world.environment, ...runnerNames }, ['config'], 'read').end;
  const { job_env } = JSON.parse(stdout.toString('utf8')) as { job_env: Record<string, string> };
  const environment = { ...world.environment, ...runnerNames, ...job_env };
  let scripts = 0;
  return {
    recordFile: job_env.GITLAB_ECI_EXECUTOR_RECORD ?? '',
    environment,
    start: (args, pipes = 'read') => startWith(environment, args, pipes),
    startRun: async (script, stage = 'build_script', pipes = 'read') => {
      const file = join(folder, 'scripts', String(++scripts));
      await writeFile(file, script);
      return startWith(environment, ['run', file, stage], pipes);
    },
  };
}

function keepOutput({ stdout, stderr }: StageEnd, command: string, { evidence }: World): void {
  for (const output of [stdout, stderr]) evidence.add(`the output of ${command}`, output);
}

function followCall(
  child: StartedCall['child'],
  pipes: Pipes,
  exitCodeFile: () => Promise<string | undefined>,
): StartedCall {
  const chunks: Buffer[] = [];
  let stderr = '';
  let peakMemory = 0;
  if (pipes === 'closed') for (const stream of [child.stdout, child.stderr]) stream.destroy();
  if (pipes === 'read') {
    child.stdout.on('data', (chunk: Buffer) => void chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  }
  const watch = setInterval(() => {
    readFile(`/proc/${child.pid}/status`, 'utf8').then(
      (status) => (peakMemory = Math.max(peakMemory, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024)),
      () => undefined,
    );
  }, 20);
  const end = new Promise<StageEnd>((resolve, reject) => {
    child.once('error', reject);
    // Pipes that nobody reads are never closed.
    child.once(pipes === 'unread' ? 'exit' : 'close', (code: number | null, signal: NodeJS.Signals | null) => {
      clearInterval(watch);
      child.stdout.destroy();
      const known = { code, signal, stdout: Buffer.concat(chunks), stderr, peakMemory };
      void exitCodeFile().then((text) => resolve({ ...known, exitCodeFile: text }));
    });
  });
  const shown = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!Buffer.concat(chunks).includes(text)) return;
        child.stdout.off('data', look);
        resolve();
      };
      child.stdout.on('data', look);
      child.once('close', () => reject(new Error(`never shown: ${text}\n${Buffer.concat(chunks).toString('utf8')}`)));
      look();
    });
  return { child, end, shown };
}
