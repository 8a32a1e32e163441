import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import { describeGroup } from '../cloud/group-state.ts';
import { invalid } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { flag, int, regionId, tag, text } from './leaf-types.ts';
import { parseParameters } from './parse-parameters.ts';

const MOST = 20;

const parameters = z.strictObject({
  RegionId: regionId,
  ContainerGroupIds: text(0, 4096).optional(),
  ContainerGroupName: text().optional(),
  Status: text().optional(),
  VSwitchId: text().optional(),
  ZoneId: text().optional(),
  SecurityGroupId: text().optional(),
  ResourceGroupId: text().optional(),
  Tag: z.array(tag).max(MOST).default([]),
  WithEvent: flag.default(false),
  Limit: int(1, MOST).default(MOST),
  NextToken: text().default(''),
});

/** DescribeContainerGroups: all filters must fit; pages by an opaque token. */
export function describeContainerGroups(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const filter = parseParameters(parameters, flat);
  const ids = filter.ContainerGroupIds === undefined ? undefined : parseIds(filter.ContainerGroupIds);
  const fits = (wanted: string | undefined, value: string | undefined): boolean =>
    wanted === undefined || wanted === value;
  const all = cloud
    .groups()
    .filter(
      (group) =>
        (ids === undefined || ids.includes(group.id)) &&
        fits(filter.ContainerGroupName, group.request.ContainerGroupName) &&
        fits(filter.Status, group.status) &&
        fits(filter.VSwitchId, group.vswitch.id) &&
        fits(filter.ZoneId, group.vswitch.zone) &&
        fits(filter.SecurityGroupId, group.request.SecurityGroupId) &&
        filter.Tag.every(({ Key, Value }) =>
          group.request.Tag.some((each) => each.Key === Key && each.Value === Value),
        ),
    );
  const start = filter.NextToken === '' ? 0 : pageStart(filter.NextToken);
  const page = all.slice(start, start + filter.Limit);
  const next = start + filter.Limit;
  return {
    TotalCount: all.length,
    NextToken: next < all.length ? Buffer.from(`page:${next}`).toString('base64url') : '',
    ContainerGroups: page.map((group) => describeGroup(group, cloud.scenario.region, filter.WithEvent)),
  };
}

function parseIds(json: string): string[] {
  const ids = z.array(z.string()).max(MOST, `at most ${MOST} ids are allowed`).safeParse(parseJson(json));
  if (!ids.success)
    throw invalid('ContainerGroupIds', ids.error.issues[0]?.message ?? 'it is not a JSON list of strings');
  return ids.data;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function pageStart(token: string): number {
  const start = /^page:(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  if (start === undefined) throw invalid('NextToken', 'it is none of ours');
  return Number(start);
}
