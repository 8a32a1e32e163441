import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jobPayload } from '../standin/job.ts';
import { DRIVER } from './bundle.ts';
import type { World } from './world.ts';

export interface StageEnd {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly exitCodeFile: string | undefined;
  /** Largest resident set that was seen, in bytes; 0 where /proc tells nothing. */
  readonly peakMemory: number;
}

/** A job between prepare and cleanup, its stages called by hand: for tests that do something in between. */
export interface PreparedJob {
  readonly recordFile: string;
  /** What the runner gives to each stage of it. */
  readonly environment: Readonly<Record<string, string>>;
  record(): Promise<PreparedRecord>;
  /** Runs a script as it is, in the build container unless the stage says otherwise. */
  run(script: string, stage?: string): Promise<StageEnd>;
  /** @param how with closed pipes nobody takes what it prints. */
  cleanup(how?: { readonly closedPipes: boolean }): Promise<StageEnd>;
}

export interface PreparedRecord {
  lost?: string;
  machine: { groupId: string; address: string; ports: { helper: number; build: number }; clientKey: string };
}

/** Calls config and prepare of the built driver, as the runner does. */
export async function prepareJob(world: World): Promise<PreparedJob> {
  const folder = await mkdtemp(join(world.folder, 'prepared-'));
  await mkdir(join(folder, 'scripts'));
  const responseFile = join(folder, 'response.json');
  await writeFile(responseFile, JSON.stringify(jobPayload({ image: 'alpine:3.20' })));
  const runnerNames = {
    BUILD_FAILURE_EXIT_CODE: '1',
    SYSTEM_FAILURE_EXIT_CODE: '2',
    BUILD_EXIT_CODE_FILE: join(folder, 'build_exit_code'),
    JOB_RESPONSE_FILE: responseFile,
    CUSTOM_ENV_CI_RUNNER_VERSION: '19.4.0',
  };
  let jobEnv: Record<string, string> = {};
  let closePipes = false;
  const call = (...args: string[]): Promise<StageEnd> =>
    new Promise((resolve, reject) => {
      const env = { ...world.environment, ...runnerNames, ...jobEnv };
      const [command = '', ...rest] = args;
      const child = spawn(process.execPath, [DRIVER, command, '--config', world.settingsFile, ...rest], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      if (closePipes) {
        child.stdout.destroy();
        child.stderr.destroy();
      }
      const chunks: Buffer[] = [];
      let stderr = '';
      let peakMemory = 0;
      const watch = setInterval(() => {
        readFile(`/proc/${child.pid}/status`, 'utf8').then(
          (status) => (peakMemory = Math.max(peakMemory, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024)),
          () => undefined,
        );
      }, 20);
      child.stdout.on('data', (chunk: Buffer) => void chunks.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
      child.once('error', reject);
      child.once('close', (code) => {
        clearInterval(watch);
        const end = { code, stdout: Buffer.concat(chunks), stderr, peakMemory };
        readFile(runnerNames.BUILD_EXIT_CODE_FILE, 'utf8').then(
          (exitCodeFile) => resolve({ ...end, exitCodeFile }),
          () => resolve({ ...end, exitCodeFile: undefined }),
        );
      });
    });

  const config = await call('config');
  jobEnv = (JSON.parse(config.stdout.toString('utf8')) as { job_env: Record<string, string> }).job_env;
  const prepared = await call('prepare');
  if (prepared.code !== 0) throw new Error(prepared.stdout.toString('utf8'));
  const recordFile = jobEnv.GITLAB_ECI_EXECUTOR_RECORD ?? '';
  let calls = 0;
  return {
    recordFile,
    environment: { ...world.environment, ...runnerNames, ...jobEnv },
    record: async () => JSON.parse(await readFile(recordFile, 'utf8')) as PreparedRecord,
    run: async (script, stage = 'build_script') => {
      const file = join(folder, 'scripts', String(++calls));
      await writeFile(file, script);
      return call('run', file, stage);
    },
    cleanup: ({ closedPipes } = { closedPipes: false }) => {
      closePipes = closedPipes;
      return call('cleanup');
    },
  };
}
