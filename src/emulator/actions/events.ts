import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import { describeEvent, eventSource } from '../cloud/describe-event.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { parseParameters } from './parse-parameters.ts';
import { selectGroups, watchFilter } from './select-groups.ts';

const parameters = z.strictObject({
  ...watchFilter,
  EventSource: z.enum(['EciService', 'K8sAgent', '']).default(''),
});

/** DescribeContainerGroupEvents: the newest 50 events of each group. */
export function describeContainerGroupEvents(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const filter = parseParameters(parameters, flat);
  const { page, TotalCount, NextToken } = selectGroups(filter, cloud);
  return {
    TotalCount,
    NextToken,
    Data: page.map((group) => ({
      ContainerGroupId: group.id,
      Name: group.request.ContainerGroupName,
      Namespace: 'default',
      uuid: group.id,
      Annotations: '{}',
      Events: group.events
        .filter((event) => filter.EventSource === '' || eventSource(event) === filter.EventSource)
        .map((event) => describeEvent(event, group.request.ContainerGroupName, cloud.scenario.event_keys, 'whole')),
    })),
  };
}
