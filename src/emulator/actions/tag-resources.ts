import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import type { GroupState } from '../cloud/group-state.ts';
import { ApiError, invalid } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { checkRegion } from './check-region.ts';
import { flag, int, legacyOwner, list, regionId, tags, text } from './leaf-types.ts';
import { pageOf } from './paging.ts';
import { parseParameters } from './parse-parameters.ts';
import { same, tagFilter } from './select-groups.ts';

/** No page tells the largest page; counted are resources, as everywhere in this API. */
const MOST = 50;

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
  ClientToken: text(1, 64).optional(),
});
const listParameters = z.strictObject({
  ...common,
  ResourceId: common.ResourceId.default([]),
  Tag: tagFilter(20),
  Limit: int(1, MOST).default(MOST),
  NextToken: text().default(''),
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

/** ListTagResources: one item for each tag of each group that has all tags of the filter. */
export function listTagResources(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const filter = parseParameters(listParameters, flat);
  checkRegion(filter.RegionId, cloud.scenario);
  const named = filter.ResourceId.map((id) => find(id, cloud));
  const fitting = cloud
    .groups()
    .filter((group) => named.length === 0 || named.includes(group))
    .filter(({ tags: known }) => filter.Tag.every(({ Key, Value }) => known.has(Key) && same(Value, known.get(Key))));
  const order = cloud.allGroups().map((group) => group.id);
  const { items, NextToken } = pageOf(fitting, (group) => group.id, order, filter);
  return {
    NextToken,
    TagResources: items.flatMap((group) =>
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
