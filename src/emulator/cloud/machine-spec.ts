import type { ContainerParameters, InitContainerParameters } from '../actions/container-parameters.ts';
import type { CreateParameters } from '../actions/create-parameters.ts';
import type { AgentQuirks, ContainerSpec, MachineSpec, Mount, Resolver, VolumeSpec } from '../machine.ts';
import type { Scenario } from '../scenario.ts';
import type { GroupState } from './group-state.ts';
import { isSidecar } from './sidecars.ts';
import { storageOf, type Volume } from './storage.ts';

/** The group's own, and what `status.podIP` says in its containers. */
export type GroupAddresses = Pick<MachineSpec, 'address' | 'podAddress'>;

/** Where a machine's things come from, beside the create call. */
interface MachineSources {
  readonly folder: string;
  readonly scenario: Scenario;
  readonly quirksOf: (image: string) => AgentQuirks;
}

type Container = InitContainerParameters | ContainerParameters;

/** A create call in the words of `machine.ts`. */
export function machineSpec(group: GroupState, addresses: GroupAddresses, sources: MachineSources): MachineSpec {
  const { InitContainer, Container, Volume, HostAliase, HostName } = group.request;
  const spec = (each: Container): ContainerSpec => ({
    ...containerSpec(each, addresses.podAddress),
    mounts: mounts(each, Volume),
    quirks: sources.quirksOf(each.Image),
  });
  return {
    groupId: group.id,
    ...addresses,
    // The pages do not tell what a group without a HostName is called inside.
    hostName: HostName ?? group.id,
    hostAliases: HostAliase.map(({ Ip, Hostname }) => ({ address: Ip, names: Hostname })),
    ...resolverOf(group.request),
    folder: sources.folder,
    initContainers: InitContainer.map(spec),
    containers: Container.map(spec),
    volumes: Volume.map((volume) => volumeSpec(volume, sources.scenario)),
  };
}

const containerSpec = (each: Container, podAddress: string): Omit<ContainerSpec, 'quirks' | 'mounts'> => ({
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
  nonRoot: 'SecurityContextRunAsNonRoot' in each && each.SecurityContextRunAsNonRoot === true,
  capabilities: each.SecurityContext?.Capability?.Add ?? [],
  ports: each.Port.flatMap(({ Port, Protocol }) => (Protocol === 'TCP' ? [Port] : [])),
});

const mounts = ({ VolumeMount }: Container, volumes: readonly Volume[]): Mount[] =>
  VolumeMount.map(({ Name, MountPath, ReadOnly, SubPath }) => ({
    volume: Name,
    path: MountPath,
    subPath: SubPath ?? '',
    readOnly: ReadOnly === true || volumes.find((each) => each.Name === Name)?.NFSVolume?.ReadOnly === true,
  }));

/** What the scenario does not know is an empty folder: there is nothing behind it. */
function volumeSpec(volume: Volume, scenario: Scenario): VolumeSpec {
  const { Name, Type, ConfigFileVolume, EmptyDirVolume } = volume;
  const files = (ConfigFileVolume?.ConfigFileToPath ?? []).map(({ Path, Content }) => ({
    path: Path,
    content: Buffer.from(Content, 'base64'),
  }));
  if (Type === 'ConfigFileVolume') return { name: Name, kind: 'config-file', files };
  if (EmptyDirVolume?.Medium?.toLowerCase() === 'memory') {
    const size = bytesOf(EmptyDirVolume.SizeLimit);
    return { name: Name, kind: 'memory', files, ...(size === undefined ? {} : { size }) };
  }
  const folder = storageOf(volume, scenario)?.folder;
  return folder === undefined
    ? { name: Name, kind: 'empty-dir', files }
    : { name: Name, kind: 'file-system', files, folder };
}

const UNITS = ['', 'K', 'M', 'G', 'T'];

/** A number with a unit, such as `256Mi`. @returns undefined when there is none, or nothing, which is no limit. */
function bytesOf(size = ''): number | undefined {
  const [, amount = '', unit = '', binary = ''] = /^([\d.]+)([KMGT]?)(i?)$/.exec(size) ?? [];
  const bytes = Math.ceil(Number(amount) * (binary === '' ? 1000 : 1024) ** UNITS.indexOf(unit));
  return bytes > 0 ? bytes : undefined;
}

/** `DnsConfig` counts with the policy None. */
function resolverOf({ DnsPolicy, DnsConfig }: CreateParameters): { resolver?: Resolver } {
  if (DnsPolicy !== 'None') return {};
  const { NameServer = [], Search = [], Option = [] } = DnsConfig ?? {};
  const options = Option.map(({ Name, Value }) => (Value === undefined ? Name : `${Name}:${Value}`));
  return { resolver: { nameServers: NameServer, searches: Search, options } };
}
