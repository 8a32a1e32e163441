import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ContainerSpec, MachineSpec, VolumeSpec } from '../../machine.ts';
import { removeTree } from '../remove-tree.ts';
import type { GroupNamespaces } from './group-namespaces.ts';
import type { Bind } from './launch.ts';

/** Files of `/etc` that every container of a group shares. */
const ETC_FILES = ['hosts', 'hostname'] as const;
const RESOLVER = '/etc/resolv.conf';

/** What the containers of one group share: its volumes, and its name in the network. */
export class GroupFolder {
  private readonly spec: MachineSpec;
  private namespaces: GroupNamespaces | undefined;
  private containers = 0;

  constructor(spec: MachineSpec) {
    this.spec = spec;
  }

  /** @param namespaces of the group, whose folder may be another one there. */
  async make(namespaces: GroupNamespaces | undefined): Promise<void> {
    this.namespaces = namespaces;
    const { hostName, volumes } = this.spec;
    const etc = join(this.folder, 'etc');
    await mkdir(etc, { recursive: true });
    const texts = { hosts: hostsFile(this.spec), hostname: `${hostName}\n` };
    for (const name of ETC_FILES) await writeReadable(join(etc, name), texts[name]);
    for (const volume of volumes) await this.fill(volume);
  }

  remove(): Promise<void> {
    return removeTree(this.spec.folder);
  }

  /** For what one start of a container writes; a container that is started again begins anew. */
  nextContainerFolder(name: string): string {
    return join(this.folder, 'containers', `${name}-${++this.containers}`);
  }

  binds(container: ContainerSpec): Bind[] {
    const etc = ETC_FILES.map((name) => ({
      from: join(this.folder, 'etc', name),
      to: `/etc/${name}`,
      readOnly: false,
    }));
    const resolver = existsSync(RESOLVER) ? [{ from: RESOLVER, to: RESOLVER, readOnly: true }] : [];
    const volumes = container.mounts.map(({ volume, path, readOnly }) => ({
      from: this.placeOf(volume),
      to: path,
      readOnly,
    }));
    return [...etc, ...resolver, ...volumes];
  }

  private placeOf(volume: string): string {
    return this.spec.volumes.find(({ name }) => name === volume)?.folder ?? join(this.folder, 'volumes', volume);
  }

  private get folder(): string {
    return this.namespaces?.seen(this.spec.folder) ?? this.spec.folder;
  }

  private async fill({ name, kind, files }: VolumeSpec): Promise<void> {
    if (kind === 'file-system') return;
    const folder = this.placeOf(name);
    await mkdir(folder, { recursive: true });
    // The kubelet's modes, whatever our umask.
    await chmod(folder, kind === 'empty-dir' ? 0o777 : 0o755);
    for (const { path, content } of files) {
      const file = join(folder, path);
      for (let each = dirname(path); each !== '.'; each = dirname(each)) {
        await mkdir(join(folder, each), { recursive: true });
        await chmod(join(folder, each), 0o755);
      }
      await writeReadable(file, content);
    }
  }
}

async function writeReadable(file: string, content: string | Buffer): Promise<void> {
  await writeFile(file, content);
  await chmod(file, 0o644);
}

function hostsFile({ podAddress, hostName, hostAliases }: MachineSpec): string {
  const lines: [string, ...string[]][] = [
    ['127.0.0.1', 'localhost'],
    ['::1', 'localhost', 'ip6-localhost', 'ip6-loopback'],
    [podAddress, hostName],
    ...hostAliases.map(({ address, names }): [string, ...string[]] => [address, ...names]),
  ];
  return lines.map((line) => `${line.join('\t')}\n`).join('');
}
