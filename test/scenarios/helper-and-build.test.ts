import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { startGitServer } from '../support/git-server.ts';
import { BUSYBOX_IMAGE, USER_IMAGE } from '../support/image-names.ts';
import { noDebian } from '../support/no-containers.ts';
import { startWorld, type World } from '../support/world.ts';

const note = noDebian === undefined ? '' : ` (${noDebian})`;

let world: World;
afterEach(() => world.stop());

/** The helper's image is Debian here, and the build container's is not. */
const where = (stage: string): string =>
  `if [ -e /etc/debian_version ]; then echo "<${stage} in helper>"; else echo "<${stage} in build>"; fi`;

const bodiesOf = (stages: readonly string[]): Record<string, string> =>
  Object.fromEntries(stages.map((stage) => [stage, where(stage)]));

/** A job's stages as they ran, each with its container. */
async function placesOf(stages: readonly string[], more: Readonly<Record<string, string>>) {
  world = await startWorld({ machines: 'containers' });
  const variables = { GET_SOURCES_ATTEMPTS: '2' };
  const result = await world.run(
    { image: BUSYBOX_IMAGE, variables, afterScript: ['true'] },
    { bodies: { ...bodiesOf(stages), ...more } },
  );
  await world.nothingLeft();
  return world.text(result).match(/(?<=^<).*(?=>$)/gm);
}

describe.skipIf(noDebian !== undefined)(`helper and build on container machines${note}`, () => {
  it('find gitlab-runner in the helper alone, though its image has the program under another name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'helper-program-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const program = join(folder, 'program');
    await writeFile(program, '#!/bin/sh\necho "called: $*"\n', { mode: 0o755 });
    world = await startWorld({ machines: 'containers', gitlabRunner: program });
    const result = await world.run(
      {
        image: BUSYBOX_IMAGE,
        script: ['command -v gitlab-runner || echo "none" here'],
        cache: [{ key: 'k', paths: ['vendor'] }],
      },
      { bodies: { archive_cache: 'gitlab-runner cache-archiver --path vendor' } },
    );
    await world.nothingLeft();
    expect(result.state).toBe('success');
    expect(world.text(result)).toContain('\nnone here\n');
    expect(world.text(result)).toContain('\ncalled: cache-archiver --path vendor\n');
  });

  it('each get the stages that are theirs', async () => {
    const stages = [
      'prepare_script',
      'clear_worktree',
      'restore_cache',
      'download_artifacts',
      'step_script',
      'after_script',
      'archive_cache',
      'upload_artifacts_on_success',
      'cleanup_file_variables',
    ];
    const firstTry = 'if [ ! -e /builds/tried ]; then touch /builds/tried; exit 1; fi';
    expect(await placesOf(stages, { get_sources: `${where('get_sources')}; ${firstTry}` })).toEqual([
      'prepare_script in helper',
      'get_sources in helper',
      'clear_worktree in helper',
      'get_sources in helper',
      'restore_cache in helper',
      'download_artifacts in helper',
      'step_script in build',
      'after_script in build',
      'archive_cache in helper',
      'upload_artifacts_on_success in helper',
      'cleanup_file_variables in helper',
    ]);
  });

  it('each get the stages that are theirs after a script that fails', async () => {
    const stages = ['archive_cache_on_failure', 'upload_artifacts_on_failure', 'cleanup_file_variables'];
    expect(await placesOf(stages, { step_script: 'exit 3' })).toEqual([
      'archive_cache_on_failure in helper',
      'upload_artifacts_on_failure in helper',
      'cleanup_file_variables in helper',
    ]);
  });

  it('leave steps of any name to build', async () => {
    world = await startWorld({ machines: 'containers' });
    const result = await world.run({
      image: BUSYBOX_IMAGE,
      script: ['true'],
      moreSteps: { release: [where('release')], of_next_year: [where('of_next_year')] },
    });
    await world.nothingLeft();
    expect(result.state).toBe('success');
    expect(result.calls.map(({ stage }) => stage)).toEqual(
      expect.arrayContaining(['step_release', 'step_of_next_year']),
    );
    expect(world.text(result).match(/(?<=^<).*(?=>$)/gm)).toEqual(['release in build', 'of_next_year in build']);
  });

  it('share files, though one is root and the other is not', async () => {
    world = await startWorld({ machines: 'containers' });
    const repository = await startGitServer({ files: { greeting: 'hello\n' } });
    onTestFinished(() => repository.close());
    const result = await world.run(
      {
        image: USER_IMAGE,
        repository,
        variables: { SETTINGS: { value: 'of a file variable', file: true } },
        script: [
          'stat -c "<%u %a>" greeting',
          'echo "more by $(id -u)" >> greeting',
          'cat greeting "$SETTINGS"',
          'mkdir dist; echo result > dist/file',
        ],
        afterScript: ['rm greeting'],
      },
      {
        bodies: {
          upload_artifacts_on_success:
            'cd /builds/acme/shop; stat -c "owner %u" dist/file; cat dist/file; rm -r dist; ls',
        },
      },
    );
    await world.nothingLeft();
    const text = world.text(result);
    expect(result.state, text).toBe('success');
    // Root's, which has another number where containers have users of their own.
    expect(text).toMatch(/\n<(?!1000)\d+ 666>\n/);
    expect(text).toContain('\nhello\nmore by 1000\nof a file variable');
    expect(text).toContain('\nowner 1000\nresult\nCleaning up');
  });
});
