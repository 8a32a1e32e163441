import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { ContainerSpec, MachineSpec, VolumeSpec } from '../machine.ts';
import type { RealMounts } from './real-mounts.ts';
import { removeTree } from './remove-tree.ts';

/** Volumes of the driver's own: they live in the group's folder, whatever their mount path. */
const isOurs = (volume: string): boolean => volume.startsWith('eci-');

type Containers = Pick<MachineSpec, 'containers' | 'initContainers' | 'volumes'>;

const mountsOf = ({ initContainers, containers }: Containers) =>
  [...initContainers, ...containers].flatMap(({ name, mounts }) =>
    mounts.map((mount) => ({ container: name, ...mount })),
  );

/** @returns a sentence when a volume would be mounted where a process machine cannot have it. */
export function refuseMounts(spec: Containers, root: string): string | undefined {
  const places = new Map<string, string>();
  for (const { container, volume, path, subPath } of mountsOf(spec)) {
    if (isOurs(volume)) continue;
    const what = subPath === '' ? `the volume ${volume}` : `${subPath} of the volume ${volume}`;
    if (subPath !== '' && hasFiles(spec, volume)) return `process machines cannot mount ${what} by itself`;
    if (!isBelow(path, root)) {
      return `process machines use real folders, so ${path} (volume ${volume} of container ${container}) would have to lie below ${root}; set builds_dir and cache_dir there`;
    }
    const other = places.get(what) ?? path;
    if (other !== path) {
      return `process machines use real folders, so ${what} cannot be at ${other} and at ${path}`;
    }
    places.set(what, path);
  }
  return undefined;
}

const hasFiles = ({ volumes }: Containers, name: string): boolean =>
  volumes.some((each) => each.name === name && each.files.length > 0);

const isBelow = (path: string, root: string): boolean => {
  const [first] = relative(root, path).split(sep);
  return first !== '' && first !== '..';
};

/** The volumes of one group as real folders, and each container's view of them. */
export class Folders {
  readonly home: string;
  private readonly spec: MachineSpec;
  private readonly mounts: RealMounts;
  private readonly taken = new Set<string>();

  constructor(spec: MachineSpec, mounts: RealMounts) {
    this.spec = spec;
    this.mounts = mounts;
    this.home = join(spec.folder, 'home');
  }

  async make(): Promise<void> {
    await mkdir(this.home, { recursive: true });
    for (const { volume, path, subPath } of mountsOf(this.spec)) {
      if (isOurs(volume) || this.taken.has(path)) continue;
      this.taken.add(path);
      const elsewhere = this.spec.volumes.find(({ name }) => name === volume)?.folder;
      await (elsewhere === undefined
        ? this.mounts.take(path)
        : this.mounts.takeElsewhere(path, join(elsewhere, subPath)));
    }
    for (const volume of this.spec.volumes) await this.fill(volume);
  }

  async remove(): Promise<void> {
    for (const path of this.taken) await this.mounts.release(path);
    this.taken.clear();
    await removeTree(this.spec.folder);
  }

  /** The real path of one that a container sees: the longest mount path counts. */
  resolve(container: ContainerSpec, path: string): string {
    const mount = container.mounts
      .filter((each) => path === each.path || path.startsWith(`${each.path}/`))
      .sort((a, b) => b.path.length - a.path.length)[0];
    if (!mount || !isOurs(mount.volume)) return path;
    return join(this.folderOf(mount.volume), mount.subPath, path.slice(mount.path.length));
  }

  private folderOf(volume: string): string {
    if (isOurs(volume)) return join(this.spec.folder, 'volumes', volume);
    return mountsOf(this.spec).find((each) => each.volume === volume)?.path ?? '';
  }

  private async fill(volume: VolumeSpec): Promise<void> {
    const folder = this.folderOf(volume.name);
    if (folder === '') return;
    await mkdir(folder, { recursive: true });
    for (const { path, content } of volume.files) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content, { mode: isOurs(volume.name) ? 0o600 : 0o644 });
    }
  }
}
