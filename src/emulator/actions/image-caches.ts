import * as z from 'zod';
import { wireTime } from '../clock.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { DEFAULT_SIZE, type ImageCache, type WantedCache } from '../cloud/image-caches.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { checkRegion } from './check-region.ts';
import { createParameters } from './create-parameters.ts';
import { flag, int, legacyOwner, list, regionId, tags, text } from './leaf-types.ts';
import { pageOf } from './paging.ts';
import { parseParameters } from './parse-parameters.ts';
import { same, tagFilter } from './select-groups.ts';

/** Documented for MatchImage. */
const MOST_MATCHES = 100;
/** No page tells the largest page, nor the usual one. */
const MOST = 50;
const LONGEST_NAME = 128;

const clientToken = text(1, 64)
  .regex(/^[\x21-\x7e]+$/, 'it must be ASCII')
  .optional();
const images = list(text(1, 255), 20);

/** Both of CreateImageCache and UpdateImageCache. Where the cache is made, and how it is pulled, makes no difference here. */
const settings = {
  RegionId: regionId,
  SecurityGroupId: text(1).optional(),
  VSwitchId: text(1)
    .refine((ids) => ids.split(',').length <= 10, 'at most 10 are allowed')
    .optional(),
  EipInstanceId: text().optional(),
  ResourceGroupId: text().optional(),
  ImageRegistryCredential: createParameters.shape.ImageRegistryCredential,
  AcrRegistryInfo: createParameters.shape.AcrRegistryInfo,
  ImageCacheSize: int(1).optional(),
  RetentionDays: int(1).optional(),
  AutoMatchImageCache: flag.default(false),
  Flash: flag.default(false),
  FlashCopyCount: int(1).optional(),
  StandardCopyCount: int(1).optional(),
  EliminationStrategy: z.enum(['LRU', '']).optional(),
  ClientToken: clientToken,
  ...legacyOwner,
};
const creation = z.strictObject({
  ...settings,
  ImageCacheName: text(2, LONGEST_NAME),
  Image: images.min(1, 'at least one is required'),
  ZoneId: text().optional(),
  Annotations: text().optional(),
  PlainHttpRegistry: text().optional(),
  InsecureRegistry: text().optional(),
  Tag: tags.default([]),
});
const update = z.strictObject({
  ...settings,
  ImageCacheId: text(1),
  ImageCacheName: text(2, LONGEST_NAME).optional(),
  Image: images.optional(),
  Tag: tags.optional(),
});
const description = z.strictObject({
  RegionId: regionId,
  ImageCacheId: text().optional(),
  ImageCacheName: text().optional(),
  SnapshotId: text().optional(),
  ResourceGroupId: text().optional(),
  Image: text().optional(),
  MatchImage: list(text(1), MOST_MATCHES).default([]),
  ImageFullMatch: flag.default(true),
  ImageMatchCountRequest: int(1, MOST_MATCHES).optional(),
  Tag: tagFilter(20),
  Limit: int(1, MOST).default(MOST),
  NextToken: text().default(''),
  ...legacyOwner,
});
const removal = z.strictObject({
  RegionId: regionId,
  ImageCacheId: text(1),
  ClientToken: clientToken,
  ...legacyOwner,
});

/** CreateImageCache. The group that makes it on the real service is named, and not shown: nobody should touch it. */
export function createImageCache(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const request = parseParameters(creation, flat);
  checkRegion(request.RegionId, cloud.scenario);
  const { ClientToken: token } = request;
  const known = token === undefined ? undefined : cloud.tokens.find(token, flat);
  const cache =
    (known === undefined ? undefined : cloud.imageCaches.find(known)) ??
    cloud.imageCaches.create({
      name: request.ImageCacheName,
      images: request.Image,
      size: request.ImageCacheSize ?? DEFAULT_SIZE,
      retentionDays: request.RetentionDays,
      evictable: request.EliminationStrategy === 'LRU',
      resourceGroup: request.ResourceGroupId ?? '',
      tags: request.Tag,
    });
  if (token !== undefined) cloud.tokens.keep(token, flat, cache.id);
  return { ImageCacheId: cache.id, ContainerGroupId: cache.groupId };
}

/** UpdateImageCache: what is not named stays. */
export function updateImageCache(flat: FlatParameters, cloud: Cloud): Record<string, never> {
  const request = parseParameters(update, flat);
  checkRegion(request.RegionId, cloud.scenario);
  const { EliminationStrategy } = request;
  const given: { readonly [Field in keyof WantedCache]: WantedCache[Field] | undefined } = {
    name: request.ImageCacheName,
    images: request.Image,
    size: request.ImageCacheSize,
    retentionDays: request.RetentionDays,
    evictable: EliminationStrategy === undefined ? undefined : EliminationStrategy === 'LRU',
    resourceGroup: request.ResourceGroupId,
    tags: request.Tag,
  };
  const change = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  cloud.imageCaches.update(request.ImageCacheId, change);
  return {};
}

/** DescribeImageCaches: all filters must fit. */
export function describeImageCaches(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const filter = parseParameters(description, flat);
  checkRegion(filter.RegionId, cloud.scenario);
  const fitting = cloud.imageCaches.list().filter((cache) => fits(cache, filter));
  const { items, NextToken } = pageOf(fitting, (cache) => cache.id, cloud.imageCaches.order, filter);
  return {
    TotalCount: fitting.length,
    NextToken,
    ImageCaches: items.map((cache) => describeCache(cache, cloud.scenario.region)),
  };
}

/** DeleteImageCache. */
export function deleteImageCache(flat: FlatParameters, cloud: Cloud): Record<string, never> {
  const { RegionId, ImageCacheId } = parseParameters(removal, flat);
  checkRegion(RegionId, cloud.scenario);
  cloud.imageCaches.remove(ImageCacheId);
  return {};
}

function fits(cache: ImageCache, filter: z.output<typeof description>): boolean {
  return (
    same(filter.ImageCacheId, cache.id) &&
    same(filter.ImageCacheName, cache.name) &&
    same(filter.SnapshotId, snapshotOf(cache)) &&
    same(filter.ResourceGroupId, cache.resourceGroup) &&
    (filter.Image === undefined || cache.images.includes(filter.Image)) &&
    filter.Tag.every(({ Key, Value }) => cache.tags.some((tag) => tag.Key === Key && same(Value, tag.Value))) &&
    matches(cache.images, filter)
  );
}

/**
 * The real service compares layers, and no page tells how the two refinements go together. Here a full match is the image's whole name, any other one
 * its repository; so many of the images must be held as ImageMatchCountRequest says, or all.
 */
function matches(
  held: readonly string[],
  { MatchImage, ImageFullMatch, ImageMatchCountRequest }: z.output<typeof description>,
): boolean {
  const key = (image: string): string => (ImageFullMatch ? image : image.replace(/(@|:(?!.*\/)).*$/, ''));
  const keys = new Set(held.map(key));
  const count = MatchImage.filter((image) => keys.has(key(image))).length;
  return count >= Math.min(ImageMatchCountRequest ?? MatchImage.length, MatchImage.length);
}

const snapshotOf = ({ id, status }: ImageCache): string => (status === 'Ready' ? id.replace('imc-', 's-') : '');

const describeCache = (cache: ImageCache, region: string): Record<string, unknown> => ({
  ImageCacheId: cache.id,
  ImageCacheName: cache.name,
  ContainerGroupId: cache.groupId,
  RegionId: region,
  Status: cache.status,
  Progress: `${cache.progress}%`,
  Images: cache.images,
  ImageCacheSize: cache.size,
  SnapshotId: snapshotOf(cache),
  FlashSnapshotId: '',
  EliminationStrategy: cache.evictable ? 'LRU' : '',
  ResourceGroupId: cache.resourceGroup,
  CreationTime: wireTime(cache.createdAt),
  ExpireDateTime: wireTime(cache.expiresAt),
  LastMatchedTime: wireTime(cache.matchedAt),
  Tags: cache.tags,
  Events: [],
});
