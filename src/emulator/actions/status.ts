import * as z from 'zod';
import { wireTime } from '../clock.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { ContainerRecord, ContainerState, GroupState, Status } from '../cloud/group-state.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { parseParameters } from './parse-parameters.ts';
import { selectGroups, watchFilter } from './select-groups.ts';

const parameters = z.strictObject(watchFilter);

/** Kubernetes' word for a group's status ("Lifecycle of an elastic container instance"). */
const PHASES: Readonly<Record<Status, string>> = {
  Scheduling: 'Pending',
  Pending: 'Pending',
  Running: 'Running',
  Restarting: 'Pending',
  Terminating: 'Running',
  Succeeded: 'Succeeded',
  Failed: 'Failed',
  Expired: 'Failed',
  ScheduleFailed: 'Failed',
};

/** Mixed case, as the reference declares it. */
interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly Reason?: string;
  readonly Message?: string;
  readonly lastTransitionTime: string;
}

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
  // Declared as a text; what stands in it no page tells.
  Annotations: '{}',
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

/** The first is False, with the reason, for a group that was not scheduled ("Custom conditions"). */
function conditions({ status, address, events, containers, createdAt, changedAt }: GroupState): Condition[] {
  const created = address !== '';
  const failed = status === 'ScheduleFailed';
  const last = failed ? events.at(-1) : undefined;
  const why = {
    Reason: failed ? `ContainerGroup.${last?.reason ?? 'Unknown'}` : 'Creating',
    Message: last?.message ?? '',
  };
  const ready = status === 'Running' && containers.every((each) => each.init || each.state === 'Running');
  const initialized = created && containers.every((each) => !each.init || each.exitCode === 0);
  const condition = (type: string, holds: boolean, reasons: object = {}): Condition => ({
    type,
    status: holds ? 'True' : 'False',
    ...(holds ? {} : reasons),
    // The emulator does not keep when each one changed: a group's last change is the latest that it can be.
    lastTransitionTime: wireTime(holds ? changedAt : createdAt),
  });
  return [
    condition('ContainerInstanceCreated', created, why),
    condition('PodScheduled', created),
    condition('Initialized', initialized),
    condition('ContainersReady', ready),
    condition('Ready', ready),
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
  LastState: record.previous ? { [record.previous.state]: stateOf(record.previous) } : {},
});

function stateOf({ state, reason, message, exitCode, startedAt, finishedAt }: ContainerState) {
  // The declared name is "StartedAtstartedAt"; what really arrives no page tells.
  if (state === 'Running') return { StartedAt: wireTime(startedAt) };
  const why = { Reason: reason, Message: message };
  return state === 'Waiting'
    ? why
    : { ...why, ExitCode: exitCode, StartedAt: wireTime(startedAt), FinishedAt: wireTime(finishedAt) };
}
