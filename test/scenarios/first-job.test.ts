import { access } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobResult } from '../standin/job-run.ts';
import { gitAvailable, startGitServer } from '../support/git-server.ts';
import { startWorld, type World } from '../support/world.ts';

describe('a whole job', () => {
  let world: World;
  let result: JobResult;
  let log: string;

  beforeAll(async () => {
    world = await startWorld({
      scenario: `
[[stock]]
zone = "cn-beijing-h"
type = "ecs.c6.2xlarge"
answers = ["no-stock"]
[[stock]]
zone = "cn-beijing-h"
type = "ecs.g6.2xlarge"
answers = ["schedule-failed"]
`,
    });
    result = await world.run({
      image: 'alpine:3.20',
      script: ['echo "hello $CI_PROJECT_PATH"', 'test -d "$CI_PROJECT_DIR"'],
      afterScript: ['echo "after $CI_JOB_STATUS"'],
    });
    log = world.text(result);
  });
  afterAll(() => world.stop());

  it('is green', () => {
    expect(result).toMatchObject({ state: 'success', failureReason: undefined });
    expect(log).toContain('hello acme/shop');
    expect(log).toContain('after success');
  });

  it('tells which doors were closed, which was open, and how long each part took', () => {
    const story = log.split('\n').filter((line) => /^(Looking| {2}cn-|eci-)/.test(line));
    expect(story).toEqual([
      'Looking for capacity: 2 zones, 2 types, spot (SpotAsPriceGo)',
      expect.stringMatching(
        /^ {2}cn-beijing-h {2}ecs\.c6\.2xlarge {2}spot {2}out of stock \(OperationDenied\.NoStock\), \d+\.\d s$/,
      ),
      expect.stringMatching(
        /^ {2}cn-beijing-h {2}ecs\.g6\.2xlarge {2}spot {2}out of stock after create \(NoStock\), \d+\.\d s$/,
      ),
      expect.stringMatching(/^ {2}cn-beijing-k {2}ecs\.c6\.2xlarge {2}spot {2}eci-emu[0-9a-f]+ created, \d+\.\d s$/),
      expect.stringMatching(
        /^eci-emu[0-9a-f]+ in cn-beijing-k, ecs\.c6\.2xlarge, 8 vCPU 16 GiB, spot: scheduled \S+ s, images \S+ s \(no image cache\), ready \S+ s$/,
      ),
    ]);
  });

  it('runs each stage once, in order, and cleanup once', () => {
    expect(result.calls.map((call) => call.stage)).toEqual([
      'config',
      'prepare',
      'prepare_script',
      'get_sources',
      'build_script',
      'after_script',
      'cleanup_file_variables',
      'cleanup',
    ]);
    expect(result.calls.every((call) => call.exitCode === 0)).toBe(true);
  });

  it('leaves no group, no record, no folder', async () => {
    await world.nothingLeft();
    expect(world.emulator.report().groups.created).toBe(2);
    expect(await world.records()).toEqual([]);
    const [mount] = world.emulator
      .requests()
      .flatMap(({ parameters }) => parameters['Container.1.VolumeMount.4.MountPath'] ?? []);
    await expect
      .poll(() =>
        access(mount ?? '/').then(
          () => 'there',
          () => 'gone',
        ),
      )
      .toBe('gone');
  });

  it('asked the cloud for no more than it needed', () => {
    expect(world.emulator.report().calls).toMatchObject({
      CreateContainerGroup: { ok: 2, failed: 1 },
      // The refused group at once, the job's at the end.
      DeleteContainerGroup: { ok: 2, failed: 0 },
    });
  });

  it('finds the image cache that the first job left behind', async () => {
    const second = world.text(await world.run({ image: 'alpine:3.20', script: ['true'] }));
    expect(second).toMatch(/images \S+ s \(cache imc-emu\d+ hit\)/);
  });
});

describe.skipIf(!gitAvailable())('a job with sources (needs git)', () => {
  it.each([
    ['in the helper, for the build container to use', ''],
    ['in the build container, where that is the helper too', 'helper = false'],
  ])('fetches them over HTTP %s', async (_where, settings) => {
    const world = await startWorld({ settings });
    const server = await startGitServer({ files: { 'build.sh': 'echo "built $1"\n' } });
    try {
      const result = await world.run({
        image: 'alpine:3.20',
        repository: { url: server.url, sha: server.sha },
        script: ['sh build.sh it'],
      });
      expect(world.text(result)).toContain('built it');
      expect(result.state).toBe('success');
      await world.nothingLeft();
    } finally {
      await server.close();
      await world.stop();
    }
  });
});
