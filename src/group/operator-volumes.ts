import type { WireParameters } from '../eci/container-groups.ts';
import type { Settings } from '../settings/schema.ts';
import {
  allVolumes,
  type AnyVolume,
  classesOf,
  type ContainerClass,
  mountedIn,
  type VolumesSettings,
} from '../settings/sections/volumes.ts';

/** Texts of config files, by `NAME/PATH` of volume and file. Read before, because a create call is a pure function. */
export type ConfigFileTexts = ReadonlyMap<string, Buffer>;

export const configFileKey = (volume: string, path: string): string => `${volume}/${path}`;

/**
 * The operator's volumes as the create call has them (ECI: `Volume.N`): those that a container mounts, since a disk costs whether or not one does.
 * @param services whether the group has some.
 */
export function operatorVolumes(
  settings: Settings,
  texts: ConfigFileTexts,
  services: boolean,
): readonly WireParameters[] {
  const volumes = mountedIn(settings.volumes, classesOf(settings, services));
  return [
    ...volumes.nfs.map(nfs),
    ...volumes.oss.map(oss),
    ...volumes.disk.map(disk),
    ...volumes.empty_dir.map(emptyDir),
    ...volumes.config_file.map((volume) => configFile(volume, texts)),
  ];
}

/** Where a class of containers sees them (ECI: `VolumeMount.N`). */
export const operatorMounts = ({ volumes }: Settings, container: ContainerClass): readonly WireParameters[] =>
  allVolumes(volumes)
    .filter(({ volume }) => volume.containers.includes(container))
    .map(({ kind, volume }) => ({
      Name: volume.name,
      MountPath: volume.mount_path,
      ...(volume.sub_path === undefined ? {} : { SubPath: volume.sub_path }),
      ...(kind === 'config_file' || isReadOnly(volume) ? { ReadOnly: true } : {}),
    }));

/** Whether one of them takes the place of a mount of ours. */
export const isMountedAt = ({ volumes }: Settings, path: string): boolean =>
  allVolumes(volumes).some(({ volume }) => volume.mount_path === path);

const isReadOnly = (volume: AnyVolume): boolean => 'read_only' in volume && volume.read_only;

type Kind<Name extends keyof VolumesSettings> = VolumesSettings[Name][number];

const nfs = ({ name, server, path, read_only }: Kind<'nfs'>): WireParameters => ({
  Name: name,
  Type: 'NFSVolume',
  NFSVolume: { Server: server, Path: path, ...(read_only ? { ReadOnly: true } : {}) },
});

/** Options of ossfs's driver; no page of the API lists them, they are those of ECI's volumes in Kubernetes ("Mount an OSS bucket"). */
const oss = ({ name, bucket, url, path, ram_role, other_opts }: Kind<'oss'>): WireParameters =>
  flexVolume(name, 'alicloud/oss', {
    bucket,
    url,
    ...(path === '/' ? {} : { path }),
    ramRole: ram_role,
    ...(other_opts === undefined ? {} : { otherOpts: other_opts }),
  });

/** "Mount a disk volume". A disk that is made for the group would stay, and cost, without a word. */
function disk({ name, fs_type, ...given }: Kind<'disk'>): WireParameters {
  const { volume_id, size, performance_level, encrypted, kms_key_id } = given;
  const options =
    volume_id === undefined
      ? {
          volumeSize: String(size),
          ...(performance_level === undefined ? {} : { performanceLevel: performance_level }),
          deleteWithInstance: 'true',
          ...(encrypted ? { encrypted: 'true' } : {}),
          ...(kms_key_id === undefined ? {} : { kmsKeyId: kms_key_id }),
        }
      : { volumeId: volume_id };
  return flexVolume(name, 'alicloud/disk', options, fs_type);
}

const flexVolume = (
  Name: string,
  Driver: string,
  options: Readonly<Record<string, string>>,
  FsType?: string,
): WireParameters => ({
  Name,
  Type: 'FlexVolume',
  FlexVolume: { Driver, ...(FsType === undefined ? {} : { FsType }), Options: JSON.stringify(options) },
});

function emptyDir({ name, medium, size_limit }: Kind<'empty_dir'>): WireParameters {
  const options = {
    ...(medium === '' ? {} : { Medium: medium }),
    ...(size_limit === undefined ? {} : { SizeLimit: size_limit }),
  };
  const says = Object.keys(options).length > 0;
  return { Name: name, Type: 'EmptyDirVolume', ...(says ? { EmptyDirVolume: options } : {}) };
}

const configFile = ({ name, files }: Kind<'config_file'>, texts: ConfigFileTexts): WireParameters => ({
  Name: name,
  Type: 'ConfigFileVolume',
  ConfigFileVolume: {
    ConfigFileToPath: Object.keys(files).map((path) => ({
      Path: path,
      Content: texts.get(configFileKey(name, path))?.toString('base64') ?? '',
    })),
  },
});
