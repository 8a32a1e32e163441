import { ROOT } from '../../group/names.ts';
import type { Conflict } from './conflict.ts';
import {
  allVolumes,
  type AnyVolume,
  classesOf,
  CONTAINER_CLASSES,
  mountedIn,
  type VolumeKind,
  type VolumesSettings,
} from './volumes.ts';

/** ECI's limits of one group ("Limits"; "Mount a disk volume"). */
const MOST_VOLUMES = 20;
const MOST_DISKS = 6;

/** What the driver mounts by itself: agent and keys, keys and run of each container with an agent, builds and cache. */
const ownVolumes = (helper: boolean): number => (helper ? 8 : 6);

interface MountPlaces {
  readonly volumes: VolumesSettings;
  readonly builds_dir: string;
  readonly cache_dir: string;
  readonly helper: boolean;
  readonly init_containers: readonly unknown[];
}

/** One path is the other or lies below it. */
export const isInside = (inner: string, outer: string): boolean => `${inner}/`.startsWith(`${outer}/`);

const overlap = (one: string, other: string): boolean => isInside(one, other) || isInside(other, one);

/** Whether files at this path outlive their group: a volume that is neither an empty folder nor a disk made for the group is mounted exactly there. */
export const isKept = (path: string, volumes: VolumesSettings): boolean =>
  allVolumes(volumes).some(
    ({ kind, volume }) => kind !== 'empty_dir' && !isMadeForGroup(volume) && volume.mount_path === path,
  );

const isMadeForGroup = (volume: AnyVolume): boolean => 'size' in volume && volume.size !== undefined;

/** What is wrong with the operator's mounts, one against another and against the driver's own. */
export function volumeProblems(settings: MountPlaces): readonly Conflict[] {
  const { volumes, builds_dir, cache_dir, helper } = settings;
  const all = allVolumes(volumes);
  const problems = all.flatMap(({ kind, volume }) => {
    const path = ['volumes', kind, (volumes[kind] as readonly AnyVolume[]).indexOf(volume)];
    return [
      ...placeProblems(kind, volume, settings).map((text) => ({ path: [...path, 'mount_path'], text })),
      ...(all.find(({ volume: { name } }) => name === volume.name)?.volume === volume
        ? []
        : [{ path: [...path, 'name'], text: 'another volume has this name' }]),
      ...twice(
        volume,
        all.slice(
          0,
          all.findIndex((each) => each.volume === volume),
        ),
      ).map((text) => ({
        path: [...path, 'mount_path'],
        text,
      })),
    ];
  });
  const replaced = [builds_dir, cache_dir].filter((dir) => all.some(({ volume }) => volume.mount_path === dir));
  const room = MOST_VOLUMES - ownVolumes(helper) + replaced.length;
  const sent = mountedIn(volumes, classesOf(settings, true));
  if (allVolumes(sent).length > room) {
    const text = `a group has ${MOST_VOLUMES} volumes at most, and ${MOST_VOLUMES - room} are the driver's own: allowed are ${room}`;
    problems.push({ path: ['volumes'], text });
  }
  if (sent.disk.length > MOST_DISKS) {
    problems.push({ path: ['volumes', 'disk'], text: `a group has ${MOST_DISKS} disks at most` });
  }
  return problems;
}

function placeProblems(kind: VolumeKind, volume: AnyVolume, { builds_dir, cache_dir, helper }: MountPlaces): string[] {
  const { mount_path, containers } = volume;
  if (overlap(mount_path, ROOT)) return [`${ROOT} is the driver's own`];
  const dir = [builds_dir, cache_dir].find((each) => overlap(mount_path, each));
  if (dir === undefined) return [];
  if (dir !== mount_path) {
    return [
      `neither may lie inside the other: ${dir} is a mount of the driver's. Exactly at ${dir} it takes its place`,
    ];
  }
  const users = helper ? (['build', 'helper'] as const) : (['build'] as const);
  if (!users.every((each) => containers.includes(each)))
    return [`in place of ${dir} it has to be in ${users.join(' and ')}`];
  const cannotWrite = kind === 'config_file' || ('read_only' in volume && volume.read_only);
  return cannotWrite ? [`in place of ${dir} it cannot be read-only`] : [];
}

/** No container has two mounts at one path. */
function twice(volume: AnyVolume, before: readonly { readonly volume: AnyVolume }[]): string[] {
  const other = before.find(
    ({ volume: { mount_path, containers } }) =>
      mount_path === volume.mount_path &&
      CONTAINER_CLASSES.some((each) => containers.includes(each) && volume.containers.includes(each)),
  );
  return other ? [`the volume ${other.volume.name} is mounted there too`] : [];
}
