import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildAgent } from '../../build-agent.ts';
import type { ImageConfig } from '../../src/emulator/images/image-config.ts';
import { ImageStore } from '../../src/emulator/images/image-store.ts';
import { architecture } from '../agent/agent-program.ts';
import {
  AGENT_IMAGE,
  BARE_IMAGE,
  BUSYBOX_IMAGE,
  DEAF_SERVICE_IMAGE,
  ENDING_SERVICE_IMAGE,
  SERVICE_IMAGE,
  TOOL_IMAGE,
  USER_IMAGE,
} from './image-names.ts';

/** Static, as in Debian's busybox-static. */
export const BUSYBOX = '/bin/busybox';
const run = promisify(execFile);

export interface Images {
  readonly folder: string;
  readonly store: ImageStore;
  /** Adds an image with busybox, whose applets are links in /bin, and a /tmp. */
  addBusybox(name: string, config?: Partial<ImageConfig>, more?: (rootfs: string) => Promise<void>): Promise<void>;
  remove(): Promise<void>;
}

/** A store with tiny images, made from what the machine has. */
export async function makeImages(): Promise<Images> {
  const folder = await mkdtemp(join(tmpdir(), 'images-'));
  const store = new ImageStore(folder);
  const addBusybox: Images['addBusybox'] = async (name, config = {}, more) => {
    await store.add(name, async (rootfs) => {
      await fillWithBusybox(rootfs);
      await more?.(rootfs);
      return config;
    });
  };
  await store.add(AGENT_IMAGE, async (rootfs) => {
    await copyFile(BUSYBOX, join(rootfs, 'busybox'));
    const [agent = ''] = architecture === undefined ? [] : await buildAgent(rootfs, [architecture]);
    await rename(agent, join(rootfs, 'eci-agent'));
    return {};
  });
  await addBusybox(BUSYBOX_IMAGE);
  await addBusybox(USER_IMAGE, { User: '1000', WorkingDir: '/tmp' });
  await addBusybox(TOOL_IMAGE, { Env: ['PATH=/opt/tool/bin:/bin', 'TOOL_HOME=/opt/tool'] }, (rootfs) =>
    program(join(rootfs, 'opt/tool/bin/tool'), 'echo "tool $*"'),
  );
  const addService = (name: string, lines: string, Cmd: string[] = []) =>
    addBusybox(name, { Entrypoint: ['/bin/service'], Cmd }, (rootfs) => program(join(rootfs, 'bin/service'), lines));
  await addService(SERVICE_IMAGE, SERVICE, ['80']);
  await addService(ENDING_SERVICE_IMAGE, 'echo "no password is set" >&2\nexit 3');
  await addService(DEAF_SERVICE_IMAGE, `echo "starting"\n${UNTIL_TERM('sleep 300')}`);
  await store.add(BARE_IMAGE, async (rootfs) => {
    await copyFile(BUSYBOX, join(rootfs, 'sleep'));
    return { Entrypoint: ['/sleep', '300'] };
  });
  return { folder, store, addBusybox, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A first process ignores TERM unless it says otherwise. */
const UNTIL_TERM = (command: string): string => `trap 'exit 0' TERM\n${command} &\nwait`;
const SERVICE = `echo "listening on port $1"
mkdir -p /tmp/www
echo "\${GREETING:-hello}" > /tmp/www/index.html
${UNTIL_TERM('httpd -f -p "$1" -h /tmp/www')}`;

async function program(path: string, lines: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
}

async function fillWithBusybox(rootfs: string): Promise<void> {
  const bin = join(rootfs, 'bin');
  await mkdir(bin);
  await copyFile(BUSYBOX, join(bin, 'busybox'));
  const { stdout } = await run(BUSYBOX, ['--list']);
  for (const applet of stdout.split('\n')) {
    if (applet !== '' && applet !== 'busybox') await symlink('busybox', join(bin, applet));
  }
  await mkdir(join(rootfs, 'tmp'));
  await chmod(join(rootfs, 'tmp'), 0o1777);
}
