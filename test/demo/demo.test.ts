import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('the demo shows two jobs, reports exit code 3, leaves no group, and a job that starts in 20 seconds costs 8 calls at most', async () => {
  // Built already: `npm run demo` builds first.
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'test/demo/main.ts'], {
    cwd: root,
  });
  expect(stdout).toMatch(
    /out of stock \(OperationDenied\.NoStock\)[^]*out of stock after create \(NoStock\)[^]*eci-emu\S+ created/,
  );
  expect(stdout).toContain('GitLab is told: success');
  expect(stdout).toContain('GitLab is told: failed, exit code 3');
  const [, second = ''] = stdout.split('=== 2.');
  expect(second).toMatch(/Left out, refused to other jobs of this manager lately: cn-beijing-h ecs\.c6\.2xlarge spot/);
  const [, seconds, calls] = /The job started in (\d+) s and cost (\d+) API calls/.exec(second) ?? [];
  expect(Number(seconds)).toBeGreaterThanOrEqual(18);
  expect(Number(calls)).toBeGreaterThan(0);
  expect(Number(calls)).toBeLessThanOrEqual(8);
  expect(stdout.trim().split('\n').at(-1)).toMatch(
    /^API calls: \d+\. Groups created: \d+, left: 0\. By the emulator's meter: CNY 0\.\d+ for \d+\.\d s\.$/,
  );
}, 180_000);
