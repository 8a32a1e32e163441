import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runToyJob } from '../standin/toy-driver.ts';
import { gitAvailable, type GitServerOptions, startGitServer } from './git-server.ts';

const run = promisify(execFile);
const files = { 'README.md': 'hello\n', 'src/deep/file.txt': 'x'.repeat(200_000) };
const env = {
  PATH: process.env.PATH,
  GIT_TERMINAL_PROMPT: '0',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

async function serve(options: Partial<GitServerOptions> = {}) {
  const server = await startGitServer({ files, ...options });
  const folder = mkdtempSync(join(tmpdir(), 'clone-'));
  onTestFinished(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  return {
    ...server,
    clone: (url: string) => run('git', ['clone', '--quiet', '--depth', '1', url, folder], { env }),
    folder,
  };
}

describe.skipIf(!gitAvailable())('the git server', () => {
  it('serves its files in one commit on main', async () => {
    const { url, sha, clone, folder } = await serve();
    await clone(url);
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('hello\n');
    const { stdout } = await run('git', ['-C', folder, 'log', '--format=%H'], { env });
    expect(stdout).toBe(`${sha}\n`);
  });

  it('lets only those in who have the password', async () => {
    const { url, clone, folder } = await serve({ credentials: { user: 'gitlab-ci-token', password: 'glcbt-64_x' } });
    await expect(clone(url)).rejects.toThrow(/could not read Username|Authentication failed/);
    await clone(url.replace('://', '://gitlab-ci-token:glcbt-64_x@'));
    expect(existsSync(join(folder, 'src/deep/file.txt'))).toBe(true);
  });

  it('fails as often as it is told to', async () => {
    const { url, clone } = await serve({ failures: 1 });
    await expect(clone(url)).rejects.toThrow(/503/);
    await clone(url);
  });

  it('serves submodules, nested ones too, under URLs relative to their parent', async () => {
    const inner = { path: 'acme/screws', files: { 'screw.txt': 'a screw\n' } };
    const outer = { path: 'acme/parts', files: { 'part.txt': 'a part\n' }, submodules: { screws: inner } };
    const { url, clone, folder } = await serve({ submodules: { 'libs/parts': outer } });
    await clone(url);
    await run('git', ['-C', folder, 'submodule', 'update', '--init', '--recursive'], { env });
    expect(readFileSync(join(folder, 'libs/parts/part.txt'), 'utf8')).toBe('a part\n');
    expect(readFileSync(join(folder, 'libs/parts/screws/screw.txt'), 'utf8')).toBe('a screw\n');
  });

  it.each(['clone', 'fetch'])(
    'feeds get_sources with GIT_STRATEGY=%s, also when the checkout is there already',
    async (strategy) => {
      const token = 'glcbt-64_job';
      const { url, sha } = await serve({ credentials: { user: 'gitlab-ci-token', password: token } });
      // Fails the first time behind the checkout, so that the second attempt finds one.
      const twice = 'bash "$script" || exit 1; [ -e "$TOY_HOME/once" ] && exit 0; touch "$TOY_HOME/once"; exit 1';
      const result = await runToyJob({
        fields: {
          token,
          repository: { url, sha },
          script: ['wc -c < src/deep/file.txt', 'git rev-parse HEAD'],
          variables: { GIT_STRATEGY: strategy, GET_SOURCES_ATTEMPTS: '2' },
        },
        actions: { get_sources: twice },
      });
      expect(result.state).toBe('success');
      expect(result.text).toContain(`\n200000\n`);
      expect(result.text).toContain(`\n${sha}\n`);
      expect(result.text).toContain(`Checking out ${sha.slice(0, 8)} as detached HEAD (ref is main)...`);
      expect(result.text).not.toContain(token);
    },
  );
});
