import { wireTime } from '../clock.ts';
import type { Scenario } from '../scenario.ts';
import type { GroupEvent } from './group-state.ts';

/** The kubelet's own reasons; all others come from ECI ("Custom events of ECI"). */
const KUBELET =
  /^(Scheduled|Pulling|Pulled|Created|Started|Killing|Failed|BackOff|FailedMount|Unhealthy|DeadlineExceeded)$/;

export const eventSource = ({ reason }: GroupEvent): 'EciService' | 'K8sAgent' =>
  KUBELET.test(reason) ? 'K8sAgent' : 'EciService';

/**
 * An event as an action shows it. Names are the group's with 16 hex digits, of a time in nanoseconds.
 * @param keys the reference says `Reason`, the sample of "Custom events of ECI" `reason`.
 * @param extent DescribeContainerGroups shows fewer fields than DescribeContainerGroupEvents.
 */
export function describeEvent(
  event: GroupEvent,
  group: string,
  keys: Scenario['event_keys'],
  extent: 'short' | 'whole',
): Record<string, unknown> {
  const time = (BigInt(Math.round(event.firstAt)) * 1_000_000n + BigInt(event.serial)).toString(16).padStart(16, '0');
  const name = `${group}.${time}`;
  const fields = {
    Type: event.type,
    Reason: event.reason,
    Message: event.message,
    Count: event.count,
    FirstTimestamp: wireTime(event.firstAt),
    LastTimestamp: wireTime(event.lastAt),
    ...(extent === 'short'
      ? { Name: name }
      : {
          ReportingComponent: '',
          ReportingInstance: '',
          Source: { Component: eventSource(event) === 'K8sAgent' ? 'kubelet' : 'EciService', Host: '' },
          // Lower case in either spelling: the reference declares it so.
          involvedObject: { Kind: 'Pod', Name: group, Namespace: 'default', Uid: '', ApiVersion: 'v1' },
          Metadata: { Name: name, Namespace: 'default' },
        }),
  };
  return keys === 'pascal' ? fields : (camel(fields) as Record<string, unknown>);
}

function camel(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [`${key.charAt(0).toLowerCase()}${key.slice(1)}`, camel(inner)]),
  );
}
