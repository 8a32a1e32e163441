import * as z from 'zod/mini';
import { IDENTITY_VARIABLES } from '../../runner/identity.ts';
import { variablesIn } from '../../runner/expand.ts';
import { integer, matching } from './rules.ts';

/** `[volumes]`: what the operator mounts beside what the driver needs. Names are the Kubernetes executor's (runner: `KubernetesVolumes`). */

/** Containers by their part in a job; `init` are the operator's own init containers. */
export const CONTAINER_CLASSES = ['build', 'helper', 'services', 'init'] as const;
export type ContainerClass = (typeof CONTAINER_CLASSES)[number];

/** The classes that a group has containers of. @param services whether it has some. */
export const classesOf = (
  { helper, init_containers }: { readonly helper: boolean; readonly init_containers: readonly unknown[] },
  services: boolean,
): readonly ContainerClass[] => [
  'build',
  ...(helper ? (['helper'] as const) : []),
  ...(services ? (['services'] as const) : []),
  ...(init_containers.length > 0 ? (['init'] as const) : []),
];

const onlyIdentity = (text: string): boolean => variablesIn(text).every((name) => IDENTITY_VARIABLES.has(name));

/**
 * A place outside of the group. A job's author may overwrite every variable but those that name the job's identity, which are taken from
 * GitLab's own fields: with any other one he would choose whose files he gets.
 */
const place = (pattern: RegExp, allowed: string) =>
  matching(pattern, allowed).check(
    z.refine(
      onlyIdentity,
      `in places outside of the group only variables that no job can overwrite are allowed: ${[...IDENTITY_VARIABLES].join(', ')}`,
    ),
  );

const ABSOLUTE = /^\/(?!(?:.*\/)?\.\.(?:\/|$))[^\s'"]*$/;
const RELATIVE = /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\s'"]+$/;

/** What places look like, also once their variables are filled in. */
export const VolumePlaces = {
  mount_path: /^\/(?!(?:.*\/)?\.\.?(?:\/|$))(?!.*\/\/)[^\s'"]+$/,
  sub_path: RELATIVE,
  path: ABSOLUTE,
  server: /^[^\s/:'"]+$/,
  bucket: /^[^\s/'"]+$/,
  volume_id: /^[^\s/'"]+$/,
} as const;

/** Paths are compared. */
export const withoutLastSlash = (path: string): string => path.replace(/\/$/, '');

const ownNames = /^(?!eci-|builds$|cache$)/;
const volumeName = matching(
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  'a name of 1 to 63 lower-case letters, digits and hyphens',
).check(z.regex(ownNames, "allowed is any name but builds, cache and eci-…, which are the driver's own"));

const mount = {
  name: volumeName,
  mount_path: z.pipe(
    matching(VolumePlaces.mount_path, 'an absolute path without ".." and "//", and not "/"'),
    z.transform(withoutLastSlash),
  ),
  sub_path: z.optional(place(VolumePlaces.sub_path, 'a relative path without ".."')),
  containers: z._default(z.array(z.enum(CONTAINER_CLASSES)), [...CONTAINER_CLASSES]),
};
const readOnly = { read_only: z._default(z.boolean(), false) };

const Nfs = z.strictObject({
  ...mount,
  ...readOnly,
  server: place(VolumePlaces.server, 'the host name or address of a file server'),
  path: z._default(place(VolumePlaces.path, 'an absolute path of the file server, without ".."'), '/'),
});

const Oss = z.strictObject({
  ...mount,
  ...readOnly,
  bucket: place(VolumePlaces.bucket, 'the name of a bucket'),
  url: matching(/^[a-z0-9.-]+$/, 'the endpoint of OSS without a scheme, such as oss-cn-beijing-internal.aliyuncs.com'),
  path: z._default(place(VolumePlaces.path, 'an absolute path in the bucket, without ".."'), '/'),
  ram_role: matching(/^[A-Za-z0-9._-]{1,64}$/, 'the name of a RAM role that may use the bucket'),
  /** Of ossfs, `-o …`; keys of an account have no place here: whoever may describe the group would read them. */
  other_opts: z.optional(matching(/^(?!.*(?:passwd|ak_?id|ak_?secret))[^\n"']*$/i, 'options of ossfs without keys')),
});

const Disk = z
  .strictObject({
    ...mount,
    ...readOnly,
    volume_id: z.optional(place(VolumePlaces.volume_id, 'the id of a disk, d-…')),
    /** GiB of a disk that is made for the group and deleted with it. */
    size: z.optional(integer(20, 32_768)),
    fs_type: z._default(z.enum(['ext4', 'ext3', 'xfs', 'vfat']), 'ext4'),
    performance_level: z.optional(z.enum(['PL0', 'PL1', 'PL2', 'PL3'])),
    encrypted: z._default(z.boolean(), false),
    kms_key_id: z.optional(matching(/^[A-Za-z0-9-]+$/, 'the id of a key')),
  })
  .check(
    z.refine((disk) => (disk.volume_id === undefined) !== (disk.size === undefined), {
      error: 'a disk has either a volume_id, or a size in GiB for a new one',
    }),
  );

const EmptyDir = z.strictObject({
  ...mount,
  medium: z._default(z.enum(['', 'Memory']), ''),
  size_limit: z.optional(matching(/^\d+(\.\d+)?(Mi|Gi)$/, 'a size such as "256Mi" or "2Gi"')),
});

const fileName = matching(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))\S{1,1024}$/, 'a relative path without ".."');
const fileContent = z.union(
  [z.string(), z.strictObject({ file: matching(/^\/(?!.*\.\.)[^\n]*$/, 'an absolute path') })],
  'allowed is the content as a string, or { file = "/absolute/path" } of a file on the manager host',
);

const ConfigFile = z.strictObject({
  ...mount,
  /** By path below `mount_path`: the content, or the manager's file that holds it. */
  files: z.record(fileName, fileContent),
});

const list = <T extends z.core.$ZodType>(volume: T) => z._default(z.array(volume), []);

export const Volumes = z.strictObject({
  nfs: list(Nfs),
  oss: list(Oss),
  disk: list(Disk),
  empty_dir: list(EmptyDir),
  config_file: list(ConfigFile),
});

export type VolumesSettings = z.infer<typeof Volumes>;
export type VolumeKind = keyof VolumesSettings;
/** What all kinds have. */
export type AnyVolume = VolumesSettings[VolumeKind][number];

export const VOLUME_KINDS: readonly VolumeKind[] = ['nfs', 'oss', 'disk', 'empty_dir', 'config_file'];

/** Of all kinds, in the order in which they are sent. */
export const allVolumes = (
  volumes: VolumesSettings,
): readonly { readonly kind: VolumeKind; readonly volume: AnyVolume }[] =>
  VOLUME_KINDS.flatMap((kind) => volumes[kind].map((volume) => ({ kind, volume })));

/** Those that a container of these classes mounts. */
export const mountedIn = (volumes: VolumesSettings, classes: readonly ContainerClass[]): VolumesSettings =>
  Object.fromEntries(
    VOLUME_KINDS.map((kind) => [
      kind,
      (volumes[kind] as readonly AnyVolume[]).filter(({ containers }) =>
        containers.some((each) => classes.includes(each)),
      ),
    ]),
  ) as VolumesSettings;

/** Names of those that no group's containers mount, whatever services a job has. */
export function neverMounted(settings: Parameters<typeof classesOf>[0] & { readonly volumes: VolumesSettings }) {
  const mounted = allVolumes(mountedIn(settings.volumes, classesOf(settings, true)));
  const names = allVolumes(settings.volumes).map(({ volume }) => volume.name);
  return names.filter((name) => mounted.every(({ volume }) => volume.name !== name));
}
