import { describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.ts';
import { GROUP, startCloud, type Wire } from './cloud-under-test.ts';

interface CachePage {
  readonly TotalCount: number;
  readonly NextToken: string;
  readonly ImageCaches: readonly (Wire & { readonly ImageCacheId: string })[];
}

/** A cloud on a clock of its own, and its image caches. */
async function startCaches(tables = '') {
  const clock = new ManualClock();
  const cloud = await startCloud({ clock, tables });
  const make = async (name: string, more: Wire = {}): Promise<string> =>
    (await cloud.call('CreateImageCache', { ImageCacheName: name, Image: ['alpine:3.20'], ...more }))
      .ImageCacheId as string;
  const list = async (filter: Wire = {}): Promise<CachePage> =>
    (await cloud.call('DescribeImageCaches', filter)) as unknown as CachePage;
  const names = async (filter: Wire = {}) => (await list(filter)).ImageCaches.map((cache) => cache.ImageCacheName);
  return { ...cloud, clock, make, list, names };
}

describe('an image cache', () => {
  it('goes from Preparing over Creating to Ready, with its progress, and shows what it was made from', async () => {
    const { clock, make, list } = await startCaches();
    const id = await make('base', {
      Image: ['alpine:3.20', 'agent:1'],
      ImageCacheSize: 40,
      RetentionDays: 7,
      EliminationStrategy: 'LRU',
      ResourceGroupId: 'rg-1',
      Tag: [{ Key: 'team', Value: 'web' }],
    });
    const look = async () => (await list()).ImageCaches.map(({ Status, Progress }) => [Status, Progress]);
    expect(await look()).toEqual([['Preparing', '0%']]);
    await clock.advance(45);
    expect(await look()).toEqual([['Creating', '75%']]);
    await clock.advance(15);
    expect((await list()).ImageCaches).toEqual([
      {
        ImageCacheId: id,
        ImageCacheName: 'base',
        ContainerGroupId: expect.stringMatching(/^eci-/) as string,
        RegionId: 'cn-beijing',
        Status: 'Ready',
        Progress: '100%',
        Images: ['alpine:3.20', 'agent:1'],
        ImageCacheSize: 40,
        SnapshotId: expect.stringMatching(/^s-/) as string,
        FlashSnapshotId: '',
        EliminationStrategy: 'LRU',
        ResourceGroupId: 'rg-1',
        CreationTime: '2026-01-02T03:04:05Z',
        ExpireDateTime: '2026-01-09T03:04:05Z',
        LastMatchedTime: '',
        Tags: [{ Key: 'team', Value: 'web' }],
        Events: [],
      },
    ]);
  });

  it('expires after its days, and never without any', async () => {
    const { clock, make, names } = await startCaches();
    await make('short', { RetentionDays: 2 });
    await make('long');
    await clock.advance(2 * 86_400 - 1);
    expect(await names()).toEqual(['short', 'long']);
    await clock.advance(1);
    expect(await names()).toEqual(['long']);
  });

  it('fails when an image cannot be pulled, and is gone after a day', async () => {
    const { clock, make, list, refused } = await startCaches('[[image]]\nname = "none:1"\npull = "not-found"');
    const id = await make('broken', { Image: ['none:1'] });
    await clock.advance(60);
    expect((await list()).ImageCaches).toMatchObject([{ Status: 'Failed', SnapshotId: '' }]);
    const { code } = await refused('CreateContainerGroup', { ...GROUP, ImageSnapshotId: id });
    expect(code).toBe('ImageSnapshot.IncorrectStatus');
    await clock.advance(86_400);
    expect((await list()).TotalCount).toBe(0);
  });

  it('remembers when it was last used, by match or by name', async () => {
    const { clock, create, make, list } = await startCaches();
    const id = await make('base');
    await clock.advance(3600);
    await create({ AutoMatchImageCache: true });
    await clock.advance(10);
    expect((await list()).ImageCaches).toMatchObject([{ LastMatchedTime: '2026-01-02T04:04:05Z' }]);
    await create({ ImageSnapshotId: id });
    await clock.advance(10);
    expect((await list()).ImageCaches).toMatchObject([{ LastMatchedTime: '2026-01-02T04:04:15Z' }]);
  });

  it('is made once for one client token', async () => {
    const { make, list, refused } = await startCaches();
    expect(await make('base', { ClientToken: 't-1' })).toBe(await make('base', { ClientToken: 't-1' }));
    expect((await list()).TotalCount).toBe(1);
    const other = { ImageCacheName: 'other', Image: ['alpine:3.20'], ClientToken: 't-1' };
    expect((await refused('CreateImageCache', other)).code).toBe('IdempotentParameterMismatch');
  });
});

describe('UpdateImageCache', () => {
  it('makes a cache anew with what is named, and leaves the rest', async () => {
    const { call, clock, make, list } = await startCaches();
    const id = await make('base', { ImageCacheSize: 30 });
    await clock.advance(60);
    await call('UpdateImageCache', { ImageCacheId: id, Image: ['alpine:3.21'], ImageCacheName: 'newer' });
    expect((await list()).ImageCaches).toMatchObject([{ Status: 'Updating', Images: ['alpine:3.21'] }]);
    await clock.advance(60);
    expect((await list()).ImageCaches).toMatchObject([
      { ImageCacheId: id, ImageCacheName: 'newer', Status: 'Ready', Images: ['alpine:3.21'], ImageCacheSize: 30 },
    ]);
  });

  it('may fail, and be repeated then', async () => {
    const { call, clock, make, list } = await startCaches('[[image]]\nname = "none:1"\npull = "unauthorized"');
    const id = await make('base');
    await clock.advance(60);
    await call('UpdateImageCache', { ImageCacheId: id, Image: ['none:1'] });
    await clock.advance(60);
    expect((await list()).ImageCaches).toMatchObject([{ Status: 'UpdateFailed' }]);
    await call('UpdateImageCache', { ImageCacheId: id, Image: ['alpine:3.20'] });
    await clock.advance(60);
    expect((await list()).ImageCaches).toMatchObject([{ Status: 'Ready' }]);
  });

  it('is refused while a cache is being made, and for one that does not exist', async () => {
    const { make, refused } = await startCaches();
    const early = await refused('UpdateImageCache', { ImageCacheId: await make('base') });
    expect([early.code, early.statusCode]).toEqual(['IncorrectStatus', 400]);
    const none = await refused('UpdateImageCache', { ImageCacheId: 'imc-none' });
    expect([none.code, none.statusCode]).toEqual(['InvalidParameter.NotFound', 404]);
  });
});

describe('the quota of image caches', () => {
  const fill = async (more: Wire = {}) => {
    const caches = await startCaches();
    for (let index = 0; index < 50; index++) await caches.make(`cache-${index}`, more);
    return caches;
  };

  it('is fifty made by hand', async () => {
    const { refused, list } = await fill();
    const full = await refused('CreateImageCache', { ImageCacheName: 'more', Image: ['i'] });
    expect([full.code, full.statusCode]).toEqual(['QuotaExceeded', 403]);
    expect((await list()).TotalCount).toBe(50);
  });

  it('is made room in by the one that was used least recently, when such may go', async () => {
    const { clock, create, make, list, names } = await fill({ EliminationStrategy: 'LRU' });
    await clock.advance(60);
    const { ImageCaches } = await list({ ImageCacheName: 'cache-0' });
    await create({ ImageSnapshotId: ImageCaches[0]?.ImageCacheId });
    await clock.advance(1);
    await make('more');
    const left = await names();
    expect([left.length, left.includes('cache-0'), left.includes('cache-1')]).toEqual([50, true, false]);
  });
});

describe('DescribeImageCaches', () => {
  it('comes in pages, which lose and repeat nothing when a cache is deleted in between', async () => {
    const { call, list, make } = await startCaches();
    const ids = [];
    for (const name of ['c-1', 'c-2', 'c-3', 'c-4', 'c-5']) ids.push(await make(name));
    const first = await list({ Limit: 2 });
    expect(first.TotalCount).toBe(5);
    await call('DeleteImageCache', { ImageCacheId: ids[1] });
    const second = await list({ Limit: 2, NextToken: first.NextToken });
    const third = await list({ Limit: 2, NextToken: second.NextToken });
    const seen = [first, second, third].map((page) => page.ImageCaches.map((cache) => cache.ImageCacheName));
    expect(seen).toEqual([['c-1', 'c-2'], ['c-3', 'c-4'], ['c-5']]);
    expect(third.NextToken).toBe('');
  });

  it.each<readonly [string, Wire, readonly string[]]>([
    ['by name', { ImageCacheName: 'web' }, ['web']],
    ['by tag', { Tag: [{ Key: 'team', Value: 'api' }] }, ['api']],
    ['by the key of a tag alone', { Tag: [{ Key: 'team' }] }, ['web', 'api']],
    ['by resource group', { ResourceGroupId: 'rg-1' }, ['api']],
    ['by an image', { Image: 'node:22' }, ['web']],
    ['by all images of a list', { MatchImage: ['node:22', 'reg.example.com:5000/a/b:1'] }, ['web']],
    ['by so many of them', { MatchImage: ['node:22', 'go:1'], ImageMatchCountRequest: 1 }, ['web', 'api']],
    ['by repository', { MatchImage: ['reg.example.com:5000/a/b:2'], ImageFullMatch: false }, ['web']],
    ['by whole names, unless told otherwise', { MatchImage: ['reg.example.com:5000/a/b:2'] }, []],
    ['by a snapshot that is none', { SnapshotId: 's-none' }, []],
  ])('finds them %s', async (_, filter, expected) => {
    const { clock, make, names } = await startCaches();
    await make('web', {
      Image: ['node:22', 'reg.example.com:5000/a/b:1'],
      Tag: [{ Key: 'team', Value: 'web' }],
    });
    await make('api', { Image: ['go:1'], Tag: [{ Key: 'team', Value: 'api' }], ResourceGroupId: 'rg-1' });
    await clock.advance(60);
    expect(await names(filter)).toEqual(expected);
  });
});
