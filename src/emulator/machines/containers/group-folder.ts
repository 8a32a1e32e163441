import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ContainerSpec, MachineSpec, Resolver, VolumeSpec } from '../../machine.ts';
import { removeTree } from '../remove-tree.ts';
import type { GroupNamespaces } from './group-namespaces.ts';
import type { Bind } from './launch.ts';
import { makeMountPoint } from './mount-points.ts';

/** Files of `/etc` that every container of a group shares. */
const ETC_FILES = ['hosts', 'hostname'] as const;
const RESOLVER = '/etc/resolv.conf';
const ANYBODY = 0o777;

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
    const { hostName, resolver, volumes } = this.spec;
    const etc = join(this.folder, 'etc');
    await mkdir(etc, { recursive: true });
    const texts = { hosts: hostsFile(this.spec), hostname: `${hostName}\n` };
    for (const name of ETC_FILES) await writeReadable(join(etc, name), texts[name]);
    if (resolver) await writeReadable(join(this.folder, RESOLVER), resolverFile(resolver));
    for (const volume of volumes) await this.fill(volume);
  }

  remove(): Promise<void> {
    return removeTree(this.spec.folder);
  }

  /** For what one start of a container writes; a container that is started again begins anew. */
  nextContainerFolder(name: string): string {
    return join(this.folder, 'containers', `${name}-${++this.containers}`);
  }

  /** Folders of volumes that are in memory, as the group's containers see them. */
  inMemory(): { readonly folder: string; readonly mode: number; readonly size?: number }[] {
    return this.spec.volumes.flatMap(({ name, kind, size }) =>
      kind === 'memory'
        ? [{ folder: join(this.spec.folder, 'volumes', name), mode: ANYBODY, ...(size === undefined ? {} : { size }) }]
        : [],
    );
  }

  /** @throws Error with a sentence when a part of a volume cannot be mounted. */
  async binds(container: ContainerSpec): Promise<Bind[]> {
    const etc = ETC_FILES.map((name) => ({
      from: join(this.folder, 'etc', name),
      to: `/etc/${name}`,
      readOnly: false,
    }));
    const from = this.spec.resolver ? join(this.folder, RESOLVER) : RESOLVER;
    const resolver = existsSync(from) ? [{ from, to: RESOLVER, readOnly: true }] : [];
    const volumes: Bind[] = [];
    for (const { volume, path, subPath, readOnly } of container.mounts) {
      volumes.push({ from: await partOf(this.placeOf(volume), subPath), to: path, readOnly });
    }
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
    await chmod(folder, kind === 'config-file' ? 0o755 : ANYBODY);
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

/** What is not there is made, for whoever may write to the volume, as the kubelet does it. */
async function partOf(volume: string, subPath: string): Promise<string> {
  // What cannot be mounted at all is told by whoever mounts it.
  if (subPath === '' || !existsSync(volume)) return volume;
  const found = await stat(join(volume, subPath)).catch(() => undefined);
  const part = join(volume, await makeMountPoint(volume, volume, subPath, found?.isFile() ? 'file' : 'folder'));
  if (!found) await chmod(part, (await stat(volume)).mode);
  return part;
}

const resolverFile = ({ nameServers, searches, options }: Resolver): string =>
  [
    ...nameServers.map((address) => `nameserver ${address}`),
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ]
    .map((line) => `${line}\n`)
    .join('');

function hostsFile({ podAddress, hostName, hostAliases }: MachineSpec): string {
  const lines: [string, ...string[]][] = [
    ['127.0.0.1', 'localhost'],
    ['::1', 'localhost', 'ip6-localhost', 'ip6-loopback'],
    [podAddress, hostName],
    ...hostAliases.map(({ address, names }): [string, ...string[]] => [address, ...names]),
  ];
  return lines.map((line) => `${line.join('\t')}\n`).join('');
}
