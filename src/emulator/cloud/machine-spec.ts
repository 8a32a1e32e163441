import { join, normalize } from 'node:path';
import type { ContainerParameters, InitContainerParameters } from '../actions/container-parameters.ts';
import type { CreateParameters } from '../actions/create-parameters.ts';
import { parseJson } from '../../json.ts';
import type { AgentQuirks, ContainerSpec, MachineSpec, VolumeSpec } from '../machine.ts';
import type { Scenario } from '../scenario.ts';
import type { GroupState } from './group-state.ts';
import { isSidecar } from './sidecars.ts';

/** The group's own, and what `status.podIP` says in its containers. */
export type GroupAddresses = Pick<MachineSpec, 'address' | 'podAddress'>;

/** Where a machine's things come from, beside the create call. */
export interface MachineSources {
  readonly folder: string;
  readonly fileSystems: Scenario['file_system'];
  readonly quirksOf: (image: string) => AgentQuirks;
}

type Container = InitContainerParameters | ContainerParameters;
type Volume = CreateParameters['Volume'][number];

/** A create call in the words of `machine.ts`. */
export function machineSpec(group: GroupState, addresses: GroupAddresses, sources: MachineSources): MachineSpec {
  const { InitContainer, Container, Volume, HostAliase, HostName } = group.request;
  const spec = (each: Container): ContainerSpec => ({
    ...containerSpec(each, addresses.podAddress),
    quirks: sources.quirksOf(each.Image),
  });
  return {
    groupId: group.id,
    ...addresses,
    // The pages do not tell what a group without a HostName is called inside.
    hostName: HostName ?? group.id,
    hostAliases: HostAliase.map(({ Ip, Hostname }) => ({ address: Ip, names: Hostname })),
    folder: sources.folder,
    initContainers: InitContainer.map(spec),
    containers: Container.map(spec),
    volumes: Volume.map((volume) => volumeSpec(volume, sources.fileSystems)),
  };
}

const containerSpec = (each: Container, podAddress: string): Omit<ContainerSpec, 'quirks'> => ({
  name: each.Name,
  image: each.Image,
  sidecar: isSidecar(each),
  command: each.Command,
  args: each.Arg,
  env: each.EnvironmentVar.map(({ Key, Value, FieldRef }) => ({
    key: Key,
    value: FieldRef ? podAddress : (Value ?? ''),
  })),
  workingDir: each.WorkingDir,
  runAsUser: each.SecurityContext?.RunAsUser,
  runAsGroup: 'SecurityContextRunAsGroup' in each ? each.SecurityContextRunAsGroup : undefined,
  readOnlyRoot: each.SecurityContext?.ReadOnlyRootFilesystem ?? false,
  ports: each.Port.flatMap(({ Port, Protocol }) => (Protocol === 'TCP' ? [Port] : [])),
  mounts: each.VolumeMount.map(({ Name, MountPath, ReadOnly }) => ({
    volume: Name,
    path: MountPath,
    readOnly: ReadOnly ?? false,
  })),
});

/** Volumes of file systems that the scenario does not know are empty folders: there is no file server behind them. */
function volumeSpec(volume: Volume, fileSystems: Scenario['file_system']): VolumeSpec {
  const { Name, Type, ConfigFileVolume } = volume;
  const files = (ConfigFileVolume?.ConfigFileToPath ?? []).map(({ Path, Content }) => ({
    path: Path,
    content: Buffer.from(Content, 'base64'),
  }));
  if (Type === 'ConfigFileVolume') return { name: Name, kind: 'config-file', files };
  const remote = remoteFolder(volume);
  const known = fileSystems.find(({ server }) => server === remote?.server);
  if (!remote || !known) return { name: Name, kind: 'empty-dir', files };
  return { name: Name, kind: 'file-system', files, folder: join(known.folder, normalize(join('/', remote.path))) };
}

/** What an NFS volume, or one of FlexVolume's driver for NAS, mounts. */
function remoteFolder({ NFSVolume, FlexVolume }: Volume): { server: string; path: string } | undefined {
  if (NFSVolume) return { server: NFSVolume.Server, path: NFSVolume.Path };
  if (FlexVolume?.Driver !== 'alicloud/nas') return undefined;
  const { server, path = '/' } = (parseJson(FlexVolume.Options ?? '') ?? {}) as { server?: string; path?: string };
  return server === undefined ? undefined : { server, path };
}
