import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DRIVER } from '../support/bundle.ts';
import type { PreparedJob } from '../support/prepared-job.ts';
import type { World } from '../support/world.ts';
import { bundled } from '../support/bundled.ts';
import type { Contender } from './measure.ts';
import { hasOpenSsh, sshCommand, writeSshFiles } from './open-ssh.ts';
import { succeeded, timed } from './timed.ts';

export const MINIMAL = 'minimal ssh2 program';
export const OPEN_SSH = 'OpenSSH client';

/** @returns milliseconds from the program's start to its end. */
export type RunScript = (script: string, onOutput?: (chunk: Buffer) => void) => Promise<number>;

/** Three programs that run a script in the build container of one group, each the way in which it can. */
export interface Programs {
  readonly driver: RunScript;
  readonly minimal: RunScript;
  /** Undefined where there is no OpenSSH client. */
  readonly openSsh: RunScript | undefined;
  readonly driverCommand: (scriptFile: string) => readonly [string, ...string[]];
  readonly driverEnvironment: Readonly<Record<string, string>>;
}

export async function programsFor(world: World, prepared: PreparedJob): Promise<Programs> {
  const { machine } = await prepared.record();
  const { address, ports } = machine;
  const ssh = await writeSshFiles(world.folder, machine);
  const minimal = await bundled(fileURLToPath(new URL('minimal-ssh2.ts', import.meta.url)), world.folder);
  let scripts = 0;
  const scriptFile = async (script: string): Promise<string> => {
    const file = join(world.folder, `bench-${++scripts}`);
    await writeFile(file, script);
    return file;
  };
  const path = { PATH: world.environment.PATH ?? '' };
  const driverCommand = (file: string) =>
    [process.execPath, DRIVER, 'run', '--config', world.settingsFile, file, 'build_script'] as const;
  return {
    driverCommand,
    driverEnvironment: prepared.environment,
    driver: async (script, onOutput) =>
      succeeded(timed(driverCommand(await scriptFile(script)), prepared.environment, onOutput)),
    minimal: async (script, onOutput) => {
      const words = [address, String(ports.build), ssh.key, requestFor(script), await scriptFile(script)];
      return succeeded(timed([process.execPath, minimal, ...words], path, onOutput));
    },
    openSsh: (await hasOpenSsh())
      ? (script, onOutput) => {
          const command = sshCommand(ssh, address, ports.build, 'build', requestFor(script));
          return succeeded(timed(command, path, onOutput, Buffer.from(script)));
        }
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

/** The programs in turn, each measured in the same way. */
export const contenders = (
  { driver, minimal, openSsh }: Programs,
  measure: (run: RunScript) => ReturnType<Contender['run']>,
): readonly Contender[] => [
  { name: 'driver', run: () => measure(driver) },
  { name: MINIMAL, run: () => measure(minimal) },
  ...(openSsh ? [{ name: OPEN_SSH, run: () => measure(openSsh) }] : []),
];

/** An empty program of Node: what every start of it costs. */
export const emptyProgram: Contender = {
  name: 'node -e 0',
  run: () => succeeded(timed([process.execPath, '-e', '0'], {})),
};
