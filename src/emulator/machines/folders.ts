import { lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { ContainerSpec, MachineSpec, VolumeSpec } from '../machine.ts';

/** Volumes of the driver's own: they live in the group's folder, whatever their mount path. */
export const isOurs = (volume: string): boolean => volume.startsWith('eci-');

/** @returns a sentence when a volume would be mounted where a process machine may not write. */
export function refuseMounts(
  spec: Pick<MachineSpec, 'containers' | 'initContainers'>,
  root: string,
): string | undefined {
  for (const container of [...spec.initContainers, ...spec.containers]) {
    for (const { volume, path } of container.mounts) {
      if (isOurs(volume) || isBelow(path, root)) continue;
      return `process machines use real folders, so ${path} (volume ${volume} of container ${container.name}) would have to lie below ${root}; set builds_dir and cache_dir there`;
    }
  }
  return undefined;
}

const isBelow = (path: string, root: string): boolean => {
  const way = relative(root, path);
  return way !== '' && !way.startsWith('..');
};

/** The volumes of one group as real folders, and each container's view of them. */
export class Folders {
  readonly home: string;
  private readonly spec: MachineSpec;
  /** Mount paths that were made for this group and go with it. */
  private readonly made = new Set<string>();

  constructor(spec: MachineSpec) {
    this.spec = spec;
    this.home = join(spec.folder, 'home');
  }

  async make(): Promise<void> {
    await mkdir(this.home, { recursive: true });
    for (const volume of this.spec.volumes) {
      if (isOurs(volume.name)) await this.fill(volume);
    }
    for (const container of [...this.spec.initContainers, ...this.spec.containers]) {
      for (const { volume, path } of container.mounts) {
        if (isOurs(volume) || (await exists(path))) continue;
        const topmost = await mkdir(path, { recursive: true });
        this.made.add(topmost ?? path);
      }
    }
  }

  async remove(): Promise<void> {
    for (const path of [...this.made, this.spec.folder]) await rm(path, { recursive: true, force: true });
  }

  /** The real path of one that a container sees: the longest mount path counts. */
  resolve(container: ContainerSpec, path: string): string {
    const mount = container.mounts
      .filter((each) => path === each.path || path.startsWith(`${each.path}/`))
      .sort((a, b) => b.path.length - a.path.length)[0];
    if (!mount || !isOurs(mount.volume)) return path;
    return join(this.folderOf(mount.volume), path.slice(mount.path.length));
  }

  private folderOf(volume: string): string {
    return join(this.spec.folder, 'volumes', volume);
  }

  private async fill(volume: VolumeSpec): Promise<void> {
    const folder = this.folderOf(volume.name);
    await mkdir(folder, { recursive: true });
    for (const { path, content } of volume.files) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content, { mode: 0o600 });
    }
  }
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
