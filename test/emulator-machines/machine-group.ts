import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { type ContainerSpec, type Machine, type MachineSpec, NO_QUIRKS } from '../../src/emulator/machine.ts';
import { AGENT_IMAGE, BUSYBOX_IMAGE } from '../support/image-names.ts';

export const PORT = 22023;

/** In 127.128.0.0/9, so that groups of tests that run at the same time do not meet. */
export const freeAddress = (): string => `127.${randomInt(128, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;

/** All that a container's last start has written. */
export const outputOf = (machine: Machine, container: string): string =>
  (machine.log?.(container, 'this') ?? []).map(({ text }) => text).join('');

/** A container that says nothing about itself. */
export const PLAIN = {
  sidecar: false,
  args: [],
  env: [],
  workingDir: undefined,
  runAsUser: undefined,
  runAsGroup: undefined,
  readOnlyRoot: false,
  nonRoot: false,
  capabilities: [],
  ports: [],
  quirks: NO_QUIRKS,
  mounts: [],
} as const;

const mount = (volume: string, path: string) => ({ volume, path, subPath: '', readOnly: false });
const emptyDir = (name: string) => ({ name, kind: 'empty-dir', files: [] }) as const;

export interface GroupFields {
  readonly address: string;
  /** Where the agent listens, if there is a relay before it. */
  readonly podAddress?: string;
  readonly root: string;
  /** OpenSSH texts. */
  readonly hostKey: string;
  readonly clientKey: string;
  /** Seconds. */
  readonly maxLifetime: number;
  readonly abandonAfter: number;
  /** Where the volume `builds` is mounted. */
  readonly builds?: string;
  readonly env?: ContainerSpec['env'];
  /** Of the container; one with busybox if not given. */
  readonly image?: string;
  readonly sidecars?: readonly ContainerSpec[];
}

/** One container `build` with the agent, as the driver's create call makes it. */
export function groupOf(fields: GroupFields): MachineSpec {
  const {
    address,
    podAddress = address,
    root,
    hostKey,
    clientKey,
    maxLifetime,
    abandonAfter,
    env = [],
    image = BUSYBOX_IMAGE,
  } = fields;
  const init: ContainerSpec = {
    name: 'agent',
    image: AGENT_IMAGE,
    ...PLAIN,
    command: ['/eci-agent', 'install', '--dest', '/eci/agent', '--keys', '/eci/source/build:/eci/keys-build'],
    mounts: [
      mount('eci-agent', '/eci/agent'),
      mount('eci-keys', '/eci/source'),
      mount('eci-keys-build', '/eci/keys-build'),
    ],
  };
  const flags = {
    container: 'build',
    port: String(PORT),
    keys: '/eci/keys',
    run: '/eci/run',
    'max-lifetime': String(maxLifetime),
    'abandon-after': String(abandonAfter),
  };
  const build: ContainerSpec = {
    name: 'build',
    image,
    ...PLAIN,
    ports: [PORT],
    command: [
      '/eci/agent/eci-agent',
      'serve',
      ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
    ],
    env: [{ key: 'ECI_AGENT_LISTEN', value: podAddress }, ...env],
    mounts: [
      mount('eci-agent', '/eci/agent'),
      mount('eci-keys-build', '/eci/keys'),
      mount('eci-run-build', '/eci/run'),
      ...(fields.builds === undefined ? [] : [mount('builds', fields.builds)]),
    ],
  };
  return {
    groupId: `eci-${address}`,
    address,
    podAddress,
    hostName: 'group',
    hostAliases: [],
    folder: join(root, `group-${address}`),
    initContainers: [init],
    containers: [build, ...(fields.sidecars ?? [])],
    volumes: [
      ...['eci-agent', 'eci-keys-build', 'eci-run-build'].map(emptyDir),
      ...(fields.builds === undefined ? [] : [emptyDir('builds')]),
      {
        name: 'eci-keys',
        kind: 'config-file',
        files: [
          { path: 'build/host_key', content: Buffer.from(hostKey) },
          { path: 'build/authorized_keys', content: Buffer.from(`${clientKey}\n`) },
        ],
      },
    ],
  };
}
