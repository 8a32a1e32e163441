import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import { describeGroup } from '../cloud/describe-group.ts';
import type { GroupState } from '../cloud/group-state.ts';
import { invalid } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { checkRegion } from './check-region.ts';
import { flag, int, legacyOwner, list, regionId, text } from './leaf-types.ts';
import { parseParameters } from './parse-parameters.ts';

/** Documented maximum of ids a call, and of items a page. */
const MOST = 20;

const parameters = z.strictObject({
  RegionId: regionId,
  ContainerGroupIds: text(0, 4096).optional(),
  ContainerGroupName: text().optional(),
  Status: text().optional(),
  VSwitchId: text().optional(),
  ZoneId: text().optional(),
  /** This one and ComputeCategory are newer than the Node SDK. */
  SecurityGroupId: text().optional(),
  ComputeCategory: text().optional(),
  ResourceGroupId: text().optional(),
  /** A key without a value fits any value. */
  Tag: list(z.strictObject({ Key: text(1, 64), Value: text(0, 128).optional() }), MOST).default([]),
  WithEvent: flag.default(false),
  Limit: int(1, MOST).default(MOST),
  NextToken: text().default(''),
  ...legacyOwner,
});

type Filter = z.output<typeof parameters>;

/** DescribeContainerGroups: all filters must fit; pages by an opaque token. */
export function describeContainerGroups(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const filter = parseParameters(parameters, flat);
  checkRegion(filter.RegionId, cloud.scenario);
  const ids = filter.ContainerGroupIds === undefined ? undefined : parseIds(filter.ContainerGroupIds);
  const fitting = cloud
    .groups()
    .filter((group) => (ids === undefined || ids.includes(group.id)) && fits(group, filter));
  const seen = filter.NextToken === '' ? undefined : lastSeen(filter.NextToken);
  // Groups come in the order of their making and are never put in between, so a page cannot repeat or lose any.
  const order = cloud.allGroups().map((group) => group.id);
  const rest = fitting.filter((group) => seen === undefined || order.indexOf(group.id) > order.indexOf(seen));
  const page = rest.slice(0, filter.Limit);
  return {
    TotalCount: fitting.length,
    NextToken: rest.length > page.length ? tokenAfter(page.at(-1)?.id ?? '') : '',
    ContainerGroups: page.map((group) => describeGroup(group, cloud.scenario.region, filter.WithEvent)),
  };
}

function fits(group: GroupState, filter: Filter): boolean {
  const { request, vswitch } = group;
  const same = (wanted: string | undefined, value: string | undefined): boolean =>
    wanted === undefined || wanted === value;
  return (
    same(filter.ContainerGroupName, request.ContainerGroupName) &&
    same(filter.Status, group.status) &&
    same(filter.VSwitchId, vswitch.id) &&
    same(filter.ZoneId, vswitch.zone) &&
    same(filter.SecurityGroupId, request.SecurityGroupId) &&
    same(filter.ResourceGroupId, request.ResourceGroupId) &&
    (filter.ComputeCategory === undefined || (request.ComputeCategory ?? []).includes(filter.ComputeCategory)) &&
    filter.Tag.every(({ Key, Value }) => request.Tag.some((each) => each.Key === Key && same(Value, each.Value)))
  );
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

const tokenAfter = (id: string): string => Buffer.from(`after:${id}`).toString('base64url');

function lastSeen(token: string): string {
  const id = /^after:(.+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  if (id === undefined) throw invalid('NextToken', 'it is none of ours');
  return id;
}
