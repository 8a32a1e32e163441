import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { DRIVER } from '../support/bundle.ts';
import type { PreparedJob, PreparedRecord } from '../support/prepared-job.ts';
import type { World } from '../support/world.ts';
import type { Contender } from './measure.ts';

export interface ProgramEnd {
  readonly milliseconds: number;
  readonly code: number | null;
}

/** Runs a program to its end, its output taken as fast as it comes. */
export function timed(
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  onOutput: (chunk: Buffer, at: number) => void = () => undefined,
  stdin?: Buffer,
): Promise<ProgramEnd> {
  const startedAt = performance.now();
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'ignore'] });
    child.stdin?.end(stdin);
    child.stdout?.on('data', (chunk: Buffer) => onOutput(chunk, Date.now()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ milliseconds: performance.now() - startedAt, code }));
  });
}

/** Three programs that run a script in the build container of one group, each the way in which it can. */
export interface Programs {
  readonly driver: (script: string, onOutput?: (chunk: Buffer, at: number) => void) => Promise<number>;
  readonly minimal: (script: string, onOutput?: (chunk: Buffer, at: number) => void) => Promise<number>;
  /** Undefined where there is no OpenSSH client. */
  readonly openSsh: ((script: string) => Promise<number>) | undefined;
  readonly driverCommand: (scriptFile: string) => readonly [string, ...string[]];
  readonly driverEnvironment: Readonly<Record<string, string>>;
}

export async function programsFor(world: World, prepared: PreparedJob): Promise<Programs> {
  const { machine } = await prepared.record();
  const keyFile = join(world.folder, 'bench-key');
  await writeFile(keyFile, machine.clientKey, { mode: 0o600 });
  const minimal = join(world.folder, 'minimal.cjs');
  await esbuild.build({
    entryPoints: [fileURLToPath(new URL('minimal-ssh2.ts', import.meta.url))],
    outfile: minimal,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    minify: true,
    external: ['*.node'],
    logLevel: 'error',
  });
  let scripts = 0;
  const scriptFile = async (script: string): Promise<string> => {
    const file = join(world.folder, `bench-${++scripts}`);
    await writeFile(file, script);
    return file;
  };
  const path = { PATH: world.environment.PATH ?? '' };
  const driverCommand = (file: string) =>
    [process.execPath, DRIVER, 'run', '--config', world.settingsFile, file, 'build_script'] as const;
  const hasOpenSsh = await timed(['ssh', '-V'], path).then(
    ({ code }) => code === 0,
    () => false,
  );
  return {
    driverCommand,
    driverEnvironment: prepared.environment,
    driver: async (script, onOutput) =>
      checked(await timed(driverCommand(await scriptFile(script)), prepared.environment, onOutput)),
    minimal: async (script, onOutput) => {
      const file = await scriptFile(script);
      const { address, ports } = machine;
      const command = [
        process.execPath,
        minimal,
        address,
        String(ports.build),
        keyFile,
        requestFor(script),
        file,
      ] as const;
      return checked(await timed(command, path, onOutput));
    },
    openSsh: hasOpenSsh
      ? async (script) =>
          checked(await timed(openSshCommand(machine, keyFile, script), path, undefined, Buffer.from(script)))
      : undefined,
  };
}

const requestFor = (script: string): string => {
  const request = {
    protocol: 1,
    id: `bench-${randomBytes(6).toString('hex')}`,
    length: Buffer.byteLength(script),
    shells: ['/bin/bash', '/bin/sh'],
  };
  return `run ${JSON.stringify(request)}`;
};

function openSshCommand({ address, ports }: PreparedRecord['machine'], keyFile: string, script: string) {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentitiesOnly=yes', 'LogLevel=ERROR'];
  return [
    'ssh',
    '-F',
    '/dev/null',
    '-p',
    String(ports.build),
    '-i',
    keyFile,
    ...options.flatMap((option) => ['-o', option]),
    `bench@${address}`,
    requestFor(script),
  ] as const;
}

function checked({ milliseconds, code }: ProgramEnd): number {
  if (code !== 0) throw new Error(`a program that is measured ended with ${code}`);
  return milliseconds;
}

export const contenders = (programs: Programs, script: string): readonly Contender[] => {
  const { openSsh } = programs;
  return [
    { name: 'driver', run: () => programs.driver(script) },
    { name: 'minimal ssh2 program', run: () => programs.minimal(script) },
    ...(openSsh ? [{ name: 'OpenSSH client', run: () => openSsh(script) }] : []),
  ];
};
