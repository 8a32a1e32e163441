import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import { describeGroup } from '../cloud/describe-group.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { flag, int, text } from './leaf-types.ts';
import { parseParameters } from './parse-parameters.ts';
import { groupFilter, same, selectGroups, tagFilter } from './select-groups.ts';

/** Documented maximum of items a page. */
const MOST = 20;

const parameters = z.strictObject({
  ...groupFilter,
  ContainerGroupName: text().optional(),
  Status: text().optional(),
  /** This one and ComputeCategory are newer than the Node SDK. */
  SecurityGroupId: text().optional(),
  ComputeCategory: text().optional(),
  Tag: tagFilter(MOST),
  WithEvent: flag.default(false),
  Limit: int(1, MOST).default(MOST),
});

/** DescribeContainerGroups: all filters must fit; pages by an opaque token. */
export function describeContainerGroups(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const filter = parseParameters(parameters, flat);
  const { page, TotalCount, NextToken } = selectGroups(
    filter,
    cloud,
    ({ request, status }) =>
      same(filter.ContainerGroupName, request.ContainerGroupName) &&
      same(filter.Status, status) &&
      same(filter.SecurityGroupId, request.SecurityGroupId) &&
      (filter.ComputeCategory === undefined ||
        request.ComputeCategory?.some((each) => each === filter.ComputeCategory) === true),
  );
  return {
    TotalCount,
    NextToken,
    ContainerGroups: page.map((group) => describeGroup(group, cloud.scenario, filter.WithEvent)),
  };
}
