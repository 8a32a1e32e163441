import * as z from 'zod';
import { wireTime } from '../clock.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { ContainerRecord, GroupState, Status } from '../cloud/group-state.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { parseParameters } from './parse-parameters.ts';
import { selectGroups, watchFilter } from './select-groups.ts';

const parameters = z.strictObject(watchFilter);

/** Kubernetes' word for a group's status ("Lifecycle of an elastic container instance"). */
const PHASES: Readonly<Record<Status, string>> = {
  Scheduling: 'Pending',
  Pending: 'Pending',
  Running: 'Running',
  Terminating: 'Running',
  Succeeded: 'Succeeded',
  Failed: 'Failed',
  Expired: 'Failed',
  ScheduleFailed: 'Failed',
};

/** DescribeContainerGroupStatus: cheap to ask often, in Kubernetes' shape. */
export function describeContainerGroupStatus(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const { page, TotalCount, NextToken } = selectGroups(parseParameters(parameters, flat), cloud);
  return { TotalCount, NextToken, Data: page.map(describeStatus) };
}

const describeStatus = (group: GroupState): Record<string, unknown> => ({
  ContainerGroupId: group.id,
  Name: group.request.ContainerGroupName,
  Namespace: 'default',
  uuid: group.id,
  Annotations: [],
  Status: group.status,
  PodStatus: {
    Phase: PHASES[group.status],
    HostIp: group.address,
    PodIp: group.address,
    PodIps: group.address === '' ? [] : [{ Ip: group.address }],
    QosClass: 'BestEffort',
    StartTime: wireTime(group.createdAt),
    Conditions: conditions(group),
    ContainerStatuses: group.containers.filter((each) => !each.init).map((each) => describeContainer(each, group)),
  },
});

/** `ContainerInstanceCreated` is False, with the reason, for a group that was not scheduled ("Custom conditions"). */
function conditions({ status, address, events }: GroupState): Record<string, unknown>[] {
  const reason = status === 'ScheduleFailed' ? `ContainerGroup.${events.at(-1)?.reason ?? 'Unknown'}` : 'Creating';
  const created = address !== '';
  return [
    {
      type: 'ContainerInstanceCreated',
      status: created ? 'True' : 'False',
      ...(created ? {} : { Reason: reason, Message: events.at(-1)?.message ?? '' }),
    },
    { type: 'PodScheduled', status: created ? 'True' : 'False' },
    { type: 'Ready', status: status === 'Running' ? 'True' : 'False' },
  ];
}

const describeContainer = (record: ContainerRecord, { request }: GroupState): Record<string, unknown> => ({
  Name: record.name,
  Image: request.Container.find((each) => each.Name === record.name)?.Image ?? '',
  ImageID: '',
  Ready: record.state === 'Running',
  Started: record.startedAt !== undefined,
  RestartCount: record.restarts,
  State: { [record.state]: stateOf(record) },
  LastState: {},
});

function stateOf({ state, reason, message, exitCode, startedAt, finishedAt }: ContainerRecord) {
  // The declared name is "StartedAtstartedAt"; what really arrives no page tells.
  if (state === 'Running') return { StartedAt: wireTime(startedAt) };
  const why = { Reason: reason, Message: message };
  return state === 'Waiting'
    ? why
    : { ...why, ExitCode: exitCode, StartedAt: wireTime(startedAt), FinishedAt: wireTime(finishedAt) };
}
