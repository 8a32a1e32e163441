import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { BUSYBOX_IMAGE, USER_IMAGE } from '../support/image-names.ts';
import { noDebian } from '../support/no-containers.ts';
import { FILE_SERVER, type World } from '../support/world.ts';
import { SUCCESS } from './cases/case.ts';
import { type ObjectStore, startObjectStore } from './object-store.ts';
import { describeReal, ownWorld, runOwn } from './own-job.ts';

const FIRST: JobFields = {
  id: 1,
  script: ['mkdir .packages', 'echo "made by $CI_JOB_ID" > .packages/one'],
  cache: [{ key: 'packages', paths: ['.packages/'] }],
};
const SECOND: JobFields = { ...FIRST, id: 2, script: ['cat .packages/one || echo "no pack""ages"'] };

const ENDS = 'WARNING: The cache of this job ends with its machine';

const NAS_AT_CACHE_DIR = `
[[volumes.nfs]]
name = "kept-cache"
server = "${FILE_SERVER}"
mount_path = "{mounts}/cache"
`;

async function objectStore(accessKey: string): Promise<ObjectStore> {
  const store = await startObjectStore(accessKey);
  onTestFinished(() => store.close());
  return store;
}

const s3 = (address: string): string => `
  [runners.cache]
    Type = "s3"
    [runners.cache.s3]
      ServerAddress = "${address}"
      AccessKey = "cache-key"
      SecretKey = "cache-secret"
      BucketName = "cache"
      BucketLocation = "cn-beijing"
      PathStyle = true
      Insecure = true
`;

/** Two jobs, each on a machine of its own. */
async function keepsInObjectStore(world: World, more: JobFields = {}): Promise<void> {
  const store = await objectStore('cache-key');
  const runnerSettings = s3(store.address);
  const first = await runOwn(world, { ...FIRST, ...more }, { runnerSettings });
  expect(first).toMatchObject(SUCCESS);
  expect([...store.objects.keys()]).toEqual([expect.stringMatching(/^cache\/runner\/.+\/project\/77\/packages$/)]);
  const second = await runOwn(world, { ...SECOND, ...more }, { runnerSettings });
  expect(second).toMatchObject(SUCCESS);
  expect(second.text).toMatch(/^made by 1$/m);
  expect(first.text + second.text).not.toMatch(/cache-secret|X-Amz-Signature/);
  expect(first.text + second.text).not.toContain(ENDS);
}

describeReal('a cache on the real runner', () => {
  it('in a cache_dir that is kept is there in the next job', async () => {
    const world = await ownWorld({ settings: 'cache_dir = "{mounts}/cache"', tables: NAS_AT_CACHE_DIR });
    const first = await runOwn(world, FIRST);
    expect(first).toMatchObject(SUCCESS);
    expect(first.stages.slice(3, -2)).toEqual(['get_sources', 'restore_cache', 'build_script', 'archive_cache']);
    const second = await runOwn(world, SECOND);
    expect(second).toMatchObject(SUCCESS);
    expect(second.text).toMatch(/^Successfully extracted cache$/m);
    expect(second.text).toMatch(/^made by 1$/m);
    expect(first.text + second.text).not.toContain(ENDS);
  });

  it('on a file server is there in the next job, which has its builds there too', async () => {
    const nas = (name: string): string =>
      `[[volumes.nfs]]\nname = "nas-${name}"\nserver = "${FILE_SERVER}"\npath = "/${name}"\nmount_path = "{mounts}/${name}"`;
    const settings = 'builds_dir = "{mounts}/b"\ncache_dir = "{mounts}/c"';
    const world = await ownWorld({ settings, tables: `${nas('b')}\n${nas('c')}` });
    for (const name of ['b', 'c']) await mkdir(join(world.fileServer, name));
    await runOwn(world, FIRST);
    const second = await runOwn(world, { ...SECOND, script: [...(SECOND.script ?? []), 'pwd'] });
    expect(second).toMatchObject(SUCCESS);
    expect(second.text).toMatch(/^made by 1$/m);
    // Of the runner's token, and the number of the job among those that run: what keeps two of them apart.
    expect(second.text).toMatch(/^.*\/mounts\/b\/[\w-]+\/0\/acme\/shop$/m);
  });

  it('in a cache_dir that ends with its group is missed by the next job, which only warns', async () => {
    const world = await ownWorld();
    const first = await runOwn(world, FIRST);
    const second = await runOwn(world, SECOND);
    for (const { text } of [first, second]) expect(text.split(ENDS)).toHaveLength(2);
    expect(second).toMatchObject(SUCCESS);
    expect(second.text).toMatch(/^WARNING: Cache file does not exist/m);
    expect(second.text).toMatch(/^no packages$/m);
  });

  it.each([
    ['that is only left behind', 'push', {}],
    ['that is only looked for', 'pull', {}],
    ['that the runner quotes in POSIX', '', { FF_POSIXLY_CORRECT_ESCAPES: 'true' }],
  ] as const)('%s is said to end with the machine, once', async (_which, policy, variables) => {
    const cache = [{ key: 'packages', paths: ['.packages/'], policy }];
    const { text } = await runOwn(await ownWorld(), { ...FIRST, cache, variables });
    expect(text.split(ENDS)).toHaveLength(2);
  });

  it('in an object store is there in the next job', async () => {
    await keepsInObjectStore(await ownWorld());
  });

  it('in an object store that lets nobody in fails with a warning, and the job is green', async () => {
    const store = await objectStore('another-key');
    const job = await runOwn(await ownWorld(), FIRST, { runnerSettings: s3(store.address) });
    expect(job).toMatchObject(SUCCESS);
    expect(job.text).toMatch(/^Failed to create cache$/m);
    expect([...store.objects.keys()]).toEqual([]);
  });
});

describeReal(
  'a cache on the real runner and container machines',
  () => {
    it.each([
      ['root', BUSYBOX_IMAGE],
      ['a user without an entry in passwd', USER_IMAGE],
    ])('goes up and down in the helper, for jobs of %s whose images have nothing for it', async (_user, image) => {
      await keepsInObjectStore(await ownWorld({ machines: 'containers' }), { image });
    });
  },
  noDebian,
);
