import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildAgent } from '../../build-agent.ts';
import type { ImageConfig } from '../../src/emulator/images/image-config.ts';
import { ImageStore } from '../../src/emulator/images/image-store.ts';
import { findIsolation } from '../../src/emulator/machines/containers/isolation.ts';
import { architecture, noAgent } from '../agent/agent-program.ts';

/** Static, as in Debian's busybox-static. */
const BUSYBOX = '/bin/busybox';
const run = promisify(execFile);

const isStatic = async (program: string): Promise<boolean> => {
  const { stderr } = await run('ldd', [program]).catch((error: Error & { stderr: string }) => error);
  return stderr.includes('not a dynamic executable');
};

/** Why containers cannot be tested here, if they cannot. */
export const noContainers: string | undefined = await findIsolation().then(
  async () => {
    if (!existsSync(BUSYBOX) || !(await isStatic(BUSYBOX)))
      return 'needs a static /bin/busybox (Debian: busybox-static)';
    return noAgent;
  },
  (error: Error) => error.message,
);

/** The images that the tests know. */
export const AGENT_IMAGE = 'registry.example.com/eci-agent:1';
export const BUSYBOX_IMAGE = 'busybox:1';
/** The same as uid 1000, which has no entry in passwd; there is no passwd. */
export const USER_IMAGE = 'registry.example.com/user:1';
/** The same with a program of its own in a PATH of its own. */
export const TOOL_IMAGE = 'registry.example.com/tool:1';
/** One static program and nothing else. */
export const BARE_IMAGE = 'registry.example.com/bare:1';

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
  await store.add(BARE_IMAGE, async (rootfs) => {
    await copyFile(BUSYBOX, join(rootfs, 'sleep'));
    return { Entrypoint: ['/sleep', '300'] };
  });
  return { folder, store, addBusybox, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function program(path: string, line: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
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
