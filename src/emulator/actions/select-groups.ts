import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import type { GroupState } from '../cloud/group-state.ts';
import { invalid } from '../wire/api-error.ts';
import { checkRegion } from './check-region.ts';
import { int, legacyOwner, list, regionId, text } from './leaf-types.ts';
import { pageOf } from './paging.ts';
import { parseJson } from '../../json.ts';

/** Documented maximum of ids a call. */
const MOST_IDS = 20;

/** Filters that every action about existing groups has. All that are given must fit. */
export const groupFilter = {
  RegionId: regionId,
  ContainerGroupIds: text(0, 4096).optional(),
  VSwitchId: text().optional(),
  ZoneId: text().optional(),
  ResourceGroupId: text().optional(),
  NextToken: text().default(''),
  ...legacyOwner,
};

/** A key without a value fits any value. */
export const tagFilter = (most: number) =>
  list(z.strictObject({ Key: text(1, 64), Value: text(0, 128).optional() }), most).default([]);

/** Of DescribeContainerGroupStatus and -Events ("text: default 200"; the schema says 50, and this is the text's). */
export const watchFilter = {
  ...groupFilter,
  Tag: tagFilter(10),
  SinceSecond: int(60, 3600).optional(),
  Limit: int(1, 200).default(200),
};

interface GroupFilter {
  readonly RegionId: string;
  readonly ContainerGroupIds?: string | undefined;
  readonly VSwitchId?: string | undefined;
  readonly ZoneId?: string | undefined;
  readonly ResourceGroupId?: string | undefined;
  readonly Tag: readonly { readonly Key: string; readonly Value?: string | undefined }[];
  readonly Limit: number;
  readonly NextToken: string;
  readonly SinceSecond?: number | undefined;
}

interface GroupPage {
  readonly page: readonly GroupState[];
  readonly TotalCount: number;
  readonly NextToken: string;
}

/**
 * One page of the groups that fit, in the order of their making.
 * @param more what an action filters by beside the usual.
 * @throws ApiError
 */
export function selectGroups(
  filter: GroupFilter,
  cloud: Cloud,
  more: (group: GroupState) => boolean = () => true,
): GroupPage {
  checkRegion(filter.RegionId, cloud.scenario);
  const ids = filter.ContainerGroupIds === undefined ? undefined : parseIds(filter.ContainerGroupIds);
  const since = filter.SinceSecond === undefined ? 0 : cloud.clock.now() - filter.SinceSecond * 1000;
  const fitting = cloud
    .groups()
    .filter((group) => (ids === undefined || ids.includes(group.id)) && group.changedAt >= since)
    .filter((group) => fits(group, filter) && more(group));
  const order = cloud.allGroups().map((group) => group.id);
  const { items, NextToken } = pageOf(fitting, (group) => group.id, order, filter);
  return { page: items, TotalCount: fitting.length, NextToken };
}

export const same = (wanted: string | undefined, value: string | undefined): boolean =>
  wanted === undefined || wanted === value;

function fits({ request, vswitch, tags }: GroupState, filter: GroupFilter): boolean {
  return (
    same(filter.VSwitchId, vswitch.id) &&
    same(filter.ZoneId, vswitch.zone) &&
    same(filter.ResourceGroupId, request.ResourceGroupId) &&
    filter.Tag.every(({ Key, Value }) => tags.has(Key) && same(Value, tags.get(Key)))
  );
}

function parseIds(json: string): string[] {
  const ids = z.array(z.string()).max(MOST_IDS, `at most ${MOST_IDS} ids are allowed`).safeParse(parseJson(json));
  if (!ids.success)
    throw invalid('ContainerGroupIds', ids.error.issues[0]?.message ?? 'it is not a JSON list of strings');
  return ids.data;
}
