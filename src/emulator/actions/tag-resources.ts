import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import type { GroupState } from '../cloud/group-state.ts';
import { ApiError, invalid } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { checkRegion } from './check-region.ts';
import { flag, legacyOwner, list, regionId, tags, text } from './leaf-types.ts';
import { parseParameters } from './parse-parameters.ts';

/** Groups are the only resources here that carry tags. */
const common = {
  RegionId: regionId,
  ResourceType: z.literal('containergroup', 'only "containergroup" is known'),
  ResourceId: list(text(1), 50),
  ...legacyOwner,
};
const tagParameters = z.strictObject({ ...common, Tag: tags });
const untagParameters = z.strictObject({
  ...common,
  TagKey: list(text(1, 64), 20).default([]),
  All: flag.default(false),
});
const listParameters = z.strictObject({
  ...common,
  ResourceId: common.ResourceId.default([]),
  NextToken: text().optional(),
});

const MOST_TAGS = 20;

/** TagResources; newer than the Node SDK. */
export function tagResources(flat: FlatParameters, cloud: Cloud): Record<string, never> {
  const { RegionId, ResourceId, Tag } = parseParameters(tagParameters, flat);
  checkRegion(RegionId, cloud.scenario);
  const groups = ResourceId.map((id) => find(id, cloud));
  for (const { tags: known } of groups) {
    const added = Tag.filter(({ Key }) => !known.has(Key)).length;
    if (known.size + added > MOST_TAGS) throw invalid('Tag', `at most ${MOST_TAGS} are allowed`);
  }
  for (const group of groups) for (const { Key, Value } of Tag) group.tags.set(Key, Value);
  return {};
}

/** UntagResources. */
export function untagResources(flat: FlatParameters, cloud: Cloud): Record<string, never> {
  const { RegionId, ResourceId, TagKey, All } = parseParameters(untagParameters, flat);
  checkRegion(RegionId, cloud.scenario);
  for (const { tags: known } of ResourceId.map((id) => find(id, cloud))) {
    if (All) known.clear();
    for (const key of TagKey) known.delete(key);
  }
  return {};
}

/** ListTagResources: one item for each tag of each group. */
export function listTagResources(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const { RegionId, ResourceId } = parseParameters(listParameters, flat);
  checkRegion(RegionId, cloud.scenario);
  const groups = ResourceId.length === 0 ? cloud.groups() : ResourceId.map((id) => find(id, cloud));
  return {
    NextToken: '',
    TagResources: groups.flatMap((group) =>
      [...group.tags].map(([TagKey, TagValue]) => ({
        ResourceId: group.id,
        ResourceType: 'containergroup',
        TagKey,
        TagValue,
      })),
    ),
  };
}

function find(id: string, cloud: Cloud): GroupState {
  const group = cloud.groups().find((each) => each.id === id);
  if (!group) throw new ApiError(404, 'InvalidParameter.NotFound', `The container group ${id} does not exist.`);
  return group;
}
