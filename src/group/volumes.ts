import type { ContainerName } from '../runner/stages.ts';
import type { Settings } from '../settings/schema.ts';
import {
  AGENT_DIR,
  AGENT_VOLUME,
  KEYS_DIR,
  KEYS_SOURCE_DIR,
  KEYS_VOLUME,
  keysVolumeOf,
  ROOT,
  RUN_DIR,
  runVolumeOf,
  withAttempt,
} from './names.ts';
import { isMountedAt } from './operator-volumes.ts';

/** Keys of one group: a client pair, and a host key per container so that build cannot pose as helper. OpenSSH texts. */
export interface GroupKeys {
  readonly clientPublic: string;
  readonly hostPrivate: Readonly<Record<ContainerName, string>>;
}

const emptyDir = (Name: string) => ({ Name, Type: 'EmptyDirVolume' });

/** `builds_dir` and `cache_dir` in folders that end with the group, unless the operator has mounted a volume of his there. */
export const jobFolders = (settings: Settings, attempt: string): readonly Mount[] =>
  [
    { Name: 'builds', MountPath: withAttempt(settings.builds_dir, attempt) },
    { Name: 'cache', MountPath: withAttempt(settings.cache_dir, attempt) },
  ].filter(({ MountPath }) => !isMountedAt(settings, MountPath));

export type Mount = { readonly Name: string; readonly MountPath: string };

/** File modes are not sent: the API's pages disagree about how to write one. The agent's install sets them. */
export function groupVolumes(keys: GroupKeys, containers: readonly ContainerName[], folders: readonly Mount[]) {
  const files = containers.flatMap((container) => [
    { Path: `${container}/host_key`, Content: base64(keys.hostPrivate[container]) },
    { Path: `${container}/authorized_keys`, Content: base64(`${keys.clientPublic}\n`) },
  ]);
  return [
    emptyDir(AGENT_VOLUME),
    { Name: KEYS_VOLUME, Type: 'ConfigFileVolume', ConfigFileVolume: { ConfigFileToPath: files } },
    ...containers.flatMap((container) => [emptyDir(keysVolumeOf(container)), emptyDir(runVolumeOf(container))]),
    ...folders.map(({ Name }) => emptyDir(Name)),
  ];
}

/** Only init sees all keys; each container gets its own share from it, read-only. */
export const initMounts = (containers: readonly ContainerName[]) => [
  { Name: AGENT_VOLUME, MountPath: AGENT_DIR },
  { Name: KEYS_VOLUME, MountPath: KEYS_SOURCE_DIR, ReadOnly: true },
  ...containers.map((container) => ({ Name: keysVolumeOf(container), MountPath: initKeysDir(container) })),
];

export const initKeysDir = (container: ContainerName): string => `${ROOT}/keys-${container}`;

export const containerMounts = (container: ContainerName, folders: readonly Mount[]) => [
  { Name: AGENT_VOLUME, MountPath: AGENT_DIR, ReadOnly: true },
  { Name: keysVolumeOf(container), MountPath: KEYS_DIR, ReadOnly: true },
  { Name: runVolumeOf(container), MountPath: RUN_DIR },
  ...folders,
];

/** A service sees the job's files, and nothing of the agent's. */
export const serviceMounts = (folders: readonly Mount[]): readonly Mount[] =>
  folders.filter(({ Name }) => Name === 'builds');

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
