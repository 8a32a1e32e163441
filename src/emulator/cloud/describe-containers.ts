import type { ContainerParameters, InitContainerParameters, Probe } from '../actions/container-parameters.ts';
import { wireTime } from '../clock.ts';
import type { ContainerRecord, ContainerState, GroupState } from './group-state.ts';

type Request = InitContainerParameters | ContainerParameters;

/** Containers and InitContainers of an item of DescribeContainerGroups. */
export const describeContainers = (group: GroupState, requests: readonly Request[]): Record<string, unknown>[] =>
  requests.map((request) => describeContainer(request, group.container(request.Name)));

function describeContainer(request: Request, record: ContainerRecord): Record<string, unknown> {
  return {
    Name: request.Name,
    Image: request.Image,
    ImagePullPolicy: request.ImagePullPolicy,
    WorkingDir: request.WorkingDir ?? '',
    Cpu: request.Cpu ?? 0,
    Memory: request.Memory ?? 0,
    Gpu: request.Gpu ?? 0,
    // An init container counts as ready when it has done its work.
    Ready: record.init ? record.exitCode === 0 : record.state === 'Running',
    RestartCount: record.restarts,
    // The API says Command of init containers, and Commands of all others.
    [record.init ? 'Command' : 'Commands']: request.Command,
    Args: request.Arg,
    EnvironmentVars: isHidden(request) ? [] : request.EnvironmentVar.map(describeVariable),
    Ports: request.Port,
    VolumeMounts: request.VolumeMount,
    SecurityContext: {
      Capability: { Adds: request.SecurityContext?.Capability?.Add ?? [] },
      ...(request.SecurityContext?.RunAsUser === undefined ? {} : { RunAsUser: request.SecurityContext.RunAsUser }),
      ReadOnlyRootFilesystem: request.SecurityContext?.ReadOnlyRootFilesystem ?? false,
    },
    ...('Tty' in request ? { Stdin: request.Stdin, StdinOnce: request.StdinOnce, Tty: request.Tty } : {}),
    ...describeProbes(request),
    CurrentState: describeState(record),
    PreviousState: record.previous ? describeState(record.previous) : { State: '', StartTime: '', FinishTime: '' },
  };
}

const describeState = ({ state, reason, message, exitCode, startedAt, finishedAt }: ContainerState) => ({
  State: state,
  Reason: reason,
  Message: message,
  ...(exitCode === undefined ? {} : { ExitCode: exitCode }),
  StartTime: wireTime(startedAt),
  FinishTime: wireTime(finishedAt),
});

const isHidden = (request: Request): boolean => 'EnvironmentVarHide' in request && request.EnvironmentVarHide === true;

const describeVariable = ({ Key, Value, FieldRef }: Request['EnvironmentVar'][number]): Record<string, unknown> => ({
  Key,
  Value: Value ?? '',
  ...(FieldRef ? { ValueFrom: { FieldRef } } : {}),
});

const describeProbes = (request: Request): Record<string, unknown> =>
  Object.fromEntries(
    (['LivenessProbe', 'ReadinessProbe'] as const).flatMap((name) => {
      const probe: Probe | undefined = name in request ? (request as ContainerParameters)[name] : undefined;
      if (!probe) return [];
      const { Exec, ...rest } = probe;
      return [[name, { ...rest, Execs: Exec?.Command ?? [] }]];
    }),
  );
