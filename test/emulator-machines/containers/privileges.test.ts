import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { networkOf } from '../networks.ts';
import { onContainers } from './on-containers.ts';

const PROGRAM = fileURLToPath(new URL('one-container.ts', import.meta.url));
/** Root in a user namespace is an ordinary user with a pretty name. */
const AS_ORDINARY_USER = ['unshare', '--user', '--map-root-user'];

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

onContainers('containers of an ordinary user', (containers) => {
  interface Options {
    readonly before?: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
    readonly network?: 'shared' | 'own';
    /** MiB. */
    readonly disk?: string;
  }
  const run = async (user: number, line: string, options: Options = {}): Promise<Outcome> => {
    const { before = AS_ORDINARY_USER, env = process.env, network = 'shared', disk = '' } = options;
    const { images, root } = containers();
    const program = [process.execPath, '--import', 'tsx', PROGRAM, images.folder, root, String(user), network, disk];
    const [command = '', ...args] = [...before, ...program, '/bin/sh', '-c', line];
    return promisify(execFile)(command, args, { env }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: unknown) => error as Outcome,
    );
  };

  it.each([0, 1000])('run as user %d, with exit codes of their own, and leave nothing', async (user) => {
    const line = 'id -u; echo $$; touch /tmp/x && echo written; exit 3';
    expect(await run(user, line)).toMatchObject({ code: 3, stdout: `started\n${user}\n1\nwritten\n`, stderr: '' });
    expect(await readdir(containers().root)).toEqual([]);
  });

  it.each([0, 1000])('have a disk of limited size as user %d too', async (user) => {
    const line = 'dd if=/dev/zero of=/tmp/big bs=1M count=40 2>&1 | grep -o "No space.*"; wc -c < /tmp/big';
    const { code, stdout } = await run(user, line, { disk: '16' });
    const [, words, size] = stdout.split('\n');
    expect([code, words]).toEqual([0, 'No space left on device']);
    expect(Number(size)).toBeGreaterThan(0);
    expect(Number(size)).toBeLessThanOrEqual(16 * 1024 * 1024);
    expect(await readdir(containers().root)).toEqual([]);
  });

  it.each([0, 1000])('run as user %d in a network of their own, whose loopback device is up', async (user) => {
    const line = 'readlink /proc/self/ns/net; id -u; nc -l -p 8080 -e echo hello & sleep 0.3; nc 127.1.2.3 8080';
    const { code, stdout, stderr } = await run(user, line, { network: 'own' });
    expect([code, stderr]).toEqual([0, '']);
    const [, network, ...others] = stdout.trimEnd().split('\n');
    expect(others).toEqual([String(user), 'hello']);
    expect(network).not.toBe(await networkOf(process.pid));
  });

  it.each([
    ['bubblewrap', [], { PATH: '/nowhere' }, 'Container machines need the program bwrap, which is not in PATH'],
    [
      'privileges',
      // Nobody of these may make another namespace.
      [
        'unshare',
        '--user',
        '--map-root-user',
        'sh',
        '-c',
        'echo 0 > /proc/sys/user/max_user_namespaces; exec "$0" "$@"',
      ],
      process.env,
      'Container machines need root with CAP_SYS_ADMIN, or a system that lets ordinary users make user namespaces',
    ],
  ])('need %s, and say so in one line', async (_, before, env, sentence) => {
    const { code, stdout, stderr } = await run(0, 'true', { before, env });
    expect([code, stdout, stderr.trimEnd().split('\n').length]).toEqual([1, '', 1]);
    expect(stderr).toContain(sentence);
  });
});
