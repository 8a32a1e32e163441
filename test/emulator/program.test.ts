import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/emulator/main.ts', import.meta.url));
const SCENARIO = '[[vswitch]]\nid = "vsw-h"\nzone = "cn-beijing-h"\n';

/** The program as a user starts it. */
async function program(scenario: string, ...more: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'emulator-program-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'scenario.toml');
  await writeFile(file, scenario);
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, '--scenario', file, ...more]);
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (part: Buffer) => (out.stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => (out.stderr += part.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, out, ended, folder };
}

describe('eci-emulator', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'says where it is and what it does, and ends with 0 on %s',
    async (signal) => {
      const { child, out, ended } = await program(SCENARIO);
      await expect.poll(() => out.stdout, { timeout: 20_000 }).toContain('Control: ');
      const [, endpoint] = /ECI emulator: http:\/\/(127\.0\.0\.1:\d+), region cn-beijing/.exec(out.stdout) ?? [];
      const [, root = ''] = /^Root folder: (.+)$/m.exec(out.stdout) ?? [];
      expect(out.stdout).toContain('Zones: cn-beijing-h (vsw-h)\n');
      expect(out.stdout).toContain('Nothing runs in sidecars, as services of jobs are.\n');
      expect(out.stdout).toContain(`job scripts run as the user ${userInfo().username}`);
      expect((await fetch(`http://${endpoint}/-/report`)).status).toBe(200);
      await access(root);
      child.kill(signal);
      expect(await ended).toBe(0);
      await expect(access(root)).rejects.toThrow('ENOENT');
      expect(out.stderr).toBe('');
    },
  );

  it.each([
    ['an address that is not loopback', SCENARIO, ['--listen', '0.0.0.0:0'], 'listens on loopback only'],
    ['a scenario with a slip', `regoin = "x"\n${SCENARIO}`, [], 'regoin'],
    ['a scenario that is no TOML', 'region = \n', [], 'Invalid TOML'],
  ])('does not start with %s, and says why', async (_, scenario, more, why) => {
    const { out, ended } = await program(scenario, ...more);
    expect(await ended).toBe(1);
    expect(out.stderr).toContain(why);
    expect(out.stdout).toBe('');
  });
});
