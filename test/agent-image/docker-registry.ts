import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A registry that we did not write, on 127.0.0.1. */
export interface RunningRegistry {
  /** Host and port. */
  readonly host: string;
  stop(): Promise<void>;
}

/** Milliseconds. */
const START_TIME = 30_000;

/** @param auth its part of docker-registry's configuration (docker/distribution: `docs/configuration.md`); without it, everybody is let in. */
export async function startRegistry(auth?: unknown): Promise<RunningRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-'));
  const config = join(folder, 'config.json');
  // JSON is YAML too.
  await writeFile(
    config,
    JSON.stringify({
      version: '0.1',
      log: { level: 'info' },
      storage: { filesystem: { rootdirectory: join(folder, 'images') } },
      http: { addr: '127.0.0.1:0', secret: 'of the test' },
      ...(auth === undefined ? {} : { auth }),
    }),
  );
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  let log = '';
  const listening = new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      log += chunk.toString();
      const address = /listening on (127\.0\.0\.1:\d+)/.exec(log)?.[1];
      if (address) resolve(address);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    const failed = (): void => reject(new Error(`docker-registry has not started: ${log}`));
    child.once('error', failed);
    child.once('close', failed);
    setTimeout(failed, START_TIME).unref();
  });
  try {
    return { host: await listening, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
