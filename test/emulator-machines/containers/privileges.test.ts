import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
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
  const run = async (
    user: number,
    line: string,
    before = AS_ORDINARY_USER,
    env = process.env,
    disk = '',
  ): Promise<Outcome> => {
    const { images, root } = containers();
    const program = [process.execPath, '--import', 'tsx', PROGRAM, images.folder, root, String(user), disk];
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
    const { code, stdout } = await run(user, line, AS_ORDINARY_USER, process.env, '16');
    const [, words, size] = stdout.split('\n');
    expect([code, words]).toEqual([0, 'No space left on device']);
    expect(Number(size)).toBeGreaterThan(0);
    expect(Number(size)).toBeLessThanOrEqual(16 * 1024 * 1024);
    expect(await readdir(containers().root)).toEqual([]);
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
    const { code, stdout, stderr } = await run(0, 'true', before, env);
    expect([code, stdout, stderr.trimEnd().split('\n').length]).toEqual([1, '', 1]);
    expect(stderr).toContain(sentence);
  });
});
