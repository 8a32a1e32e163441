/** `root`: files keep their owners, users are real ones. `user-namespace`: everything belongs to whoever started the emulator. */
export type Isolation = 'root' | 'user-namespace';

/** Namespaces of a group that its containers join: its mounts, and its network if it has one of its own. */
export interface JoinedNamespaces {
  /** Of a process that is in them. */
  readonly pid: number;
  readonly ownNetwork: boolean;
  /** The path in them of what this process sees at another one; most are the same. */
  real(path: string): string;
}

/** One container, everything decided. */
export interface Launch {
  readonly isolation: Isolation;
  /** Undefined: there are none, and its network is the machine's. Paths below are as this process sees them. */
  readonly joins: JoinedNamespaces | undefined;
  /** An empty folder in which the mounts are put together. */
  readonly stage: string;
  /** Has the folders `upper` and `work`: what the container writes to its root file system. */
  readonly scratch: string;
  readonly rootfs: string;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly hostName: string;
  /** Files and folders of the machine, where they are in the container. */
  readonly binds: readonly Bind[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly readOnlyRoot: boolean;
  /** More than root has anyway. They are for a network of the group's own, never for the machine's. */
  readonly capabilities: readonly string[];
  readonly argv: readonly string[];
}

export interface Bind {
  readonly from: string;
  readonly to: string;
  readonly readOnly: boolean;
}

/** bwrap tells the pid of the first process, and its exit code, on this descriptor: one JSON object a line. */
export const STATUS_FD = 3;

/** Where the mounts are in the namespace that we make: folders above the emulator's may be closed to other users. */
const PLACE = '/mnt';

/** What Docker leaves to root in a container, and what every ordinary image needs. */
const CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SYS_CHROOT',
  'MKNOD',
  'AUDIT_WRITE',
  'SETFCAP',
];

/**
 * Mounts live in a namespace of the container's own, so that nothing of them can be left on the machine. Arguments: the stage, more options of the
 * overlay, what is to be mounted (root file system, scratch, the binds), `--`, the program that goes on. Mounts are numbered, which spares us any
 * quoting in the overlay's options.
 */
const MOUNT_SCRIPT = `set -e
stage=$1 options=$2 number=0
shift 2
mount -t tmpfs -o mode=755 none "$stage"
mkdir "$stage/root"
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir "$stage/$number"; else : > "$stage/$number"; fi
  mount --rbind "$1" "$stage/$number"
  number=$((number + 1))
  shift
done
shift
cd "$stage"
mount -t overlay -o "lowerdir=0,upperdir=1/upper,workdir=1/work$options" none root
cd /
mount --rbind "$stage" ${PLACE}
exec "$@"`;

/** @returns the program to start, and its arguments. Its process stays as the parent of the container's first one. */
export function launchCommand(launch: Launch): [string, ...string[]] {
  const { isolation, joins, stage, scratch, rootfs, binds } = launch;
  const overlayOptions = isolation === 'root' ? '' : ',userxattr';
  const real = (path: string): string => joins?.real(path) ?? path;
  const [program, ...namespaces] = namespacesOf(launch);
  return [
    program,
    ...namespaces,
    ...['--propagation', 'private', '/bin/sh', '-c', MOUNT_SCRIPT, 'mounts', real(stage), overlayOptions],
    ...[rootfs, scratch, ...binds.map((each) => each.from)].map(real),
    '--',
    ...asUser(launch),
    '--',
    ...launch.argv,
  ];
}

/** The group's namespaces if it has some, and mounts of the container's own. */
function namespacesOf({ isolation, joins }: Launch): [string, ...string[]] {
  if (!joins) return ['unshare', ...(isolation === 'root' ? [] : ['--user', '--map-root-user']), '--mount'];
  return [
    'nsenter',
    ...['--target', String(joins.pid), '--mount'],
    ...(joins.ownNetwork ? ['--net'] : []),
    ...(isolation === 'root' ? [] : ['--user', '--preserve-credentials']),
    ...['unshare', '--mount'],
  ];
}

/**
 * Root keeps what Docker would leave to it. Another user is a real one where we can become that, and otherwise a name for our own; bwrap needs a user
 * namespace then, in which all users but this one are `nobody`.
 */
function asUser(launch: Launch): string[] {
  const { isolation, joins, user } = launch;
  if (user.uid === 0 && user.gid === 0) {
    const added = joins?.ownNetwork ? launch.capabilities : [];
    const capabilities = [...CAPABILITIES, ...added].flatMap((name) => ['--cap-add', `CAP_${name}`]);
    return [...bubblewrap(launch), '--cap-drop', 'ALL', ...capabilities];
  }
  const [uid, gid] = [String(user.uid), String(user.gid)];
  const become = isolation === 'root' ? ['setpriv', '--reuid', uid, '--regid', gid, '--clear-groups'] : [];
  return [...become, ...bubblewrap(launch), '--unshare-user', '--uid', uid, '--gid', gid];
}

function bubblewrap({ hostName, binds, environment, workingDir, readOnlyRoot }: Launch): string[] {
  // A mount hides what is below it, so the outer ones come first.
  const mounts = binds
    .map((bind, index) => ({ ...bind, from: `${PLACE}/${index + 2}` }))
    .sort((a, b) => a.to.length - b.to.length);
  return [
    'bwrap',
    ...['--json-status-fd', String(STATUS_FD), '--die-with-parent', '--as-pid-1'],
    ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--hostname', hostName],
    ...['--bind', `${PLACE}/root`, '/', '--proc', '/proc', '--dev', '/dev'],
    // Figures of the machine's memory would be taken for the container's.
    ...['--ro-bind', '/sys', '/sys', '--tmpfs', '/sys/fs/cgroup'],
    ...mounts.flatMap(({ from, to, readOnly }) => [readOnly ? '--ro-bind' : '--bind', from, to]),
    ...['--dir', workingDir, '--chdir', workingDir],
    // Only now: a working directory in a volume may have to be made.
    ...(readOnlyRoot ? ['--remount-ro', '/'] : []),
    '--clearenv',
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
}
