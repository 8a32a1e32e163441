import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { defaultMachines } from '../support/world-images.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

const isOnPath = (program: string): boolean =>
  (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)));

let world: World;
afterEach(() => world.stop());

const IMAGE = 'registry.example.com/app:1';

async function jobIn(options: WorldOptions, job: JobFields = {}) {
  world = await startWorld(options);
  const result = await world.run({ image: IMAGE, script: ['true'], ...job });
  await world.nothingLeft();
  const prepares = result.calls.filter((call) => call.stage === 'prepare').map((call) => call.exitCode);
  return { result, log: world.text(result), prepares };
}

const image = (name: string, rest: string): string => `[[image]]\nname = "${name}"\n${rest}`;

describe('a job', () => {
  it('has the events of its group in its log where FF_PRINT_POD_EVENTS is on', async () => {
    const { result, log } = await jobIn({}, { variables: { FF_PRINT_POD_EVENTS: 'true' } });
    expect(result.state).toBe('success');
    expect(log).toMatch(/^ {2}Type {5}Reason {12}Message$/m);
    expect(log).toMatch(/^ {2}Normal {3}Pulling {11}.*registry\.example\.com\/app:1/m);
    expect(log).toMatch(/^ {2}Normal {3}Started {11}.*build/m);
  });
});

describe("the job's image", () => {
  it('that nobody names is the default one, which its log names', async () => {
    const { result, log } = await jobIn({ settings: 'image = "alpine:3.20"' }, { image: '' });
    expect(result.state).toBe('success');
    expect(log).toMatch(/^Using default image alpine:3\.20$/m);
    const named = await world.run({ image: IMAGE, script: ['true'] });
    expect(world.text(named)).not.toContain('Using default image');
  });

  it.each([
    ['not-found', /The image registry\.example\.com\/app:1 of the container build cannot be pulled: .*not found/],
    ['unauthorized', /cannot be pulled: .*401 Unauthorized/],
    ['invalid-name', /cannot be pulled: .*couldn't parse image reference/],
  ])('that the registry refuses for good (%s) fails the job at once, without a retry', async (pull, sentence) => {
    const { result, log, prepares } = await jobIn({ scenario: image(IMAGE, `pull = "${pull}"`) });
    expect(result).toMatchObject({ state: 'failed', failureReason: 'script_failure' });
    expect(log).toMatch(sentence);
    expect(log).toContain("Check the image's name and tag");
    expect(prepares).toEqual([1]);
  });

  it('that fails to come for a passing reason is waited for, and the log says why', async () => {
    const { result, log } = await jobIn({
      scenario: image(IMAGE, 'pull = "timeout"\nfailures = 2'),
    });
    expect(result.state).toBe('success');
    expect(log).toMatch(/Failed: Failed to pull image "registry\.example\.com\/app:1": .*i\/o timeout/);
  });

  it('that goes on failing beyond image_pull_timeout is a system failure', async () => {
    const { log, prepares } = await jobIn({
      scenario: image(IMAGE, 'pull = "timeout"\nfailures = 1000'),
      settings: 'image_pull_timeout = 1',
    });
    expect(log).toMatch(/did not start within 1 s \(pulling registry\.example\.com\/app:1 fails so far/);
    expect(prepares).toEqual([2, 2, 2]);
  });

  it('whose container ends at once fails the job, with its exit code', async () => {
    const { result, log, prepares } = await jobIn({ scenario: image(IMAGE, 'exit_code = 127') });
    expect(result.failureReason).toBe('script_failure');
    expect(log).toMatch(
      /The container build \(registry\.example\.com\/app:1\) ended before the job could start: Error, exit code 127/,
    );
    expect(prepares).toEqual([1]);
  });
});

describe("the operator's images", () => {
  it.each([
    ['registry.example.com/helper:1', 'helper_image'],
    ['registry.example.com/eci-agent:1', 'agent_image'],
  ])('%s that cannot be pulled is a system failure that names the setting %s', async (name, setting) => {
    const { log, prepares } = await jobIn({ scenario: image(name, 'pull = "not-found"') });
    expect(prepares).toEqual([2, 2, 2]);
    expect(log).toContain(`Check ${setting} in the settings`);
  });
});

describe('the helper container', () => {
  // Process machines have no helper image: they find what is on this host's PATH.
  it.skipIf(defaultMachines === 'processes' && isOnPath('gitlab-runner'))(
    'without a working gitlab-runner is a system failure for a job that has a cache',
    async () => {
      world = await startWorld();
      const cache = [{ key: 'k', paths: ['vendor'] }];
      const result = await world.run({ image: IMAGE, script: ['true'], cache });
      await world.nothingLeft();
      expect(result.failureReason).toBe('runner_system_failure');
      expect(world.text(result)).toContain("The helper container has no working gitlab-runner, which the job's cache");
      expect(world.text(result)).toContain('Set helper_image to the gitlab-runner-helper image of your runner version');
    },
  );

  it('is not asked for it by a job that needs none', async () => {
    world = await startWorld();
    expect((await world.run({ image: IMAGE, script: ['true'] })).state).toBe('success');
  });
});

describe('a group that is taken away while it starts', () => {
  it('is a system failure, and the next attempt gets another one', async () => {
    world = await startWorld({ scenario: image(IMAGE, 'pull_seconds = 2') });
    let removed = false;
    const result = await world.start(
      { image: IMAGE, script: ['true'] },
      {
        onLog: (chunk) => {
          if (removed || !chunk.includes('pulling images')) return;
          removed = world.emulator.removeGroup(world.emulator.report().groups.left[0]?.id ?? '');
        },
      },
    ).done;
    await world.nothingLeft();
    expect(world.text(result)).toMatch(/disappeared while it was starting/);
    expect(result.state).toBe('success');
    expect(world.emulator.report().groups.created).toBe(2);
  });
});
