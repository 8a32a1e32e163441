import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PreparedRecord } from '../support/prepared-job.ts';
import { timed } from './timed.ts';

export const hasOpenSsh = (): Promise<boolean> =>
  timed(['ssh', '-V'], { PATH: process.env.PATH ?? '' }).then(
    ({ code }) => code === 0,
    () => false,
  );

/** Files that OpenSSH's client needs for the agents of one group. Their host keys are pinned, under the containers' names. */
export interface SshFiles {
  readonly key: string;
  readonly knownHosts: string;
}

export async function writeSshFiles(
  folder: string,
  machine: Pick<PreparedRecord['machine'], 'hostKeys' | 'clientKey'>,
): Promise<SshFiles> {
  const files = { key: join(folder, 'bench-key'), knownHosts: join(folder, 'bench-hosts') };
  await writeFile(files.key, machine.clientKey, { mode: 0o600 });
  const lines = Object.entries(machine.hostKeys).map(([container, key]) => `${container} ${key}\n`);
  await writeFile(files.knownHosts, lines.join(''));
  return files;
}

/**
 * OpenSSH's client at its best: no configuration files, nothing to look up, and the cipher that is fastest with this agent. By itself it would
 * choose chacha20-poly1305.
 */
export function sshCommand(
  { key, knownHosts }: SshFiles,
  host: string,
  port: number,
  container: 'helper' | 'build',
  request: string,
): [string, ...string[]] {
  const options = {
    IdentityFile: key,
    IdentitiesOnly: 'yes',
    UserKnownHostsFile: knownHosts,
    GlobalKnownHostsFile: '/dev/null',
    HostKeyAlias: container,
    StrictHostKeyChecking: 'yes',
    PreferredAuthentications: 'publickey',
    BatchMode: 'yes',
    Ciphers: 'aes128-gcm@openssh.com',
    LogLevel: 'ERROR',
  };
  const flags = Object.entries(options).flatMap(([option, value]) => ['-o', `${option}=${value}`]);
  return ['ssh', '-F', '/dev/null', '-T', '-p', String(port), ...flags, `bench@${host}`, request];
}
