import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { wireTime } from '../clock.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { ApiError } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { checkRegion } from './check-region.ts';
import { createParameters } from './create-parameters.ts';
import { flag, int, legacyOwner, list, regionId, tags, text } from './leaf-types.ts';
import { parseParameters } from './parse-parameters.ts';

const creation = z.strictObject({
  RegionId: regionId,
  ImageCacheName: text(2, 128),
  Image: list(text(1, 255), 20).min(1, 'at least one is required'),
  SecurityGroupId: text(1).optional(),
  VSwitchId: text(1).optional(),
  ZoneId: text().optional(),
  EipInstanceId: text().optional(),
  ResourceGroupId: text().optional(),
  ImageRegistryCredential: createParameters.shape.ImageRegistryCredential,
  AcrRegistryInfo: createParameters.shape.AcrRegistryInfo,
  ImageCacheSize: int(1).default(20),
  RetentionDays: int(0).optional(),
  AutoMatchImageCache: flag.default(false),
  Flash: flag.default(false),
  FlashCopyCount: int().optional(),
  StandardCopyCount: int().optional(),
  EliminationStrategy: z.enum(['LRU']).optional(),
  ClientToken: text(1, 64).optional(),
  Tag: tags.default([]),
  PlainHttpRegistry: text().optional(),
  InsecureRegistry: text().optional(),
  ...legacyOwner,
});

const description = z.strictObject({
  RegionId: regionId,
  ImageCacheId: text().optional(),
  ImageCacheName: text().optional(),
  Image: text().optional(),
  MatchImage: list(text(1), 100).optional(),
  Limit: int(1, 50).optional(),
  NextToken: text().optional(),
  ...legacyOwner,
});

const removal = z.strictObject({
  RegionId: regionId,
  ImageCacheId: text(1),
  ClientToken: text(1, 64).optional(),
  ...legacyOwner,
});

/** CreateImageCache. The group that makes it on the real service is named, and not shown: nobody should touch it. */
export function createImageCache(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const { RegionId, ImageCacheName, Image } = parseParameters(creation, flat);
  checkRegion(RegionId, cloud.scenario);
  return {
    ImageCacheId: cloud.imageCaches.create(ImageCacheName, Image),
    ContainerGroupId: `eci-imc${randomBytes(8).toString('hex')}`,
  };
}

/** DescribeImageCaches. */
export function describeImageCaches(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const filter = parseParameters(description, flat);
  checkRegion(filter.RegionId, cloud.scenario);
  const wanted = [...(filter.MatchImage ?? []), ...(filter.Image === undefined ? [] : [filter.Image])];
  const caches = cloud.imageCaches
    .list()
    .filter(
      (cache) =>
        (filter.ImageCacheId === undefined || cache.id === filter.ImageCacheId) &&
        (filter.ImageCacheName === undefined || cache.name === filter.ImageCacheName) &&
        wanted.every((image) => cache.images.includes(image)),
    );
  return {
    NextToken: '',
    ImageCaches: caches.map((cache) => ({
      ImageCacheId: cache.id,
      ImageCacheName: cache.name,
      RegionId: cloud.scenario.region,
      Status: cache.status,
      Progress: cache.status === 'Ready' ? '100%' : '0%',
      Images: cache.images,
      CreationTime: wireTime(cache.createdAt),
    })),
  };
}

/** DeleteImageCache. */
export function deleteImageCache(flat: FlatParameters, cloud: Cloud): Record<string, never> {
  const { RegionId, ImageCacheId } = parseParameters(removal, flat);
  checkRegion(RegionId, cloud.scenario);
  if (cloud.imageCaches.remove(ImageCacheId)) return {};
  throw new ApiError(404, 'InvalidParameter.NotFound', `The image cache ${ImageCacheId} does not exist.`);
}
