import { chmod, lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeMountPoint } from '../../../src/emulator/machines/containers/mount-points.ts';

/** An image's root file system, and the empty layer over it. */
async function image() {
  const folder = await mkdtemp(join(tmpdir(), 'mount-points-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [rootfs, upper] = [join(folder, 'rootfs'), join(folder, 'upper')];
  for (const each of [rootfs, upper]) await mkdir(each);
  return { rootfs, upper, make: (path: string, kind: 'file' | 'folder') => makeMountPoint(rootfs, upper, path, kind) };
}

describe('the place of a mount', () => {
  it('is made with its folders on the way', async () => {
    const { upper, make } = await image();
    expect(await make('/a/b/c', 'folder')).toBe('/a/b/c');
    expect(await make('/a/file', 'file')).toBe('/a/file');
    expect((await lstat(join(upper, 'a/b/c'))).mode & 0o777).toBe(0o755);
    expect((await lstat(join(upper, 'a/file'))).isFile()).toBe(true);
  });

  it('leaves the modes of folders that the image has', async () => {
    const { rootfs, upper, make } = await image();
    await mkdir(join(rootfs, 'tmp'));
    await chmod(join(rootfs, 'tmp'), 0o1777);
    await make('/tmp/a', 'folder');
    expect((await lstat(join(upper, 'tmp'))).mode & 0o7777).toBe(0o1777);
  });

  it('is a file that the image has', async () => {
    const { rootfs, upper, make } = await image();
    await mkdir(join(rootfs, 'etc'));
    await writeFile(join(rootfs, 'etc/hosts'), '');
    expect(await make('/etc/hosts', 'file')).toBe('/etc/hosts');
    expect(await readdir(join(upper, 'etc'))).toEqual([]);
  });

  it.each([
    ['/var/run', '/run', '/var/run/x', '/run/x'],
    ['/var/run', '../run', '/var/run/x', '/run/x'],
    ['/var/run', '../../../../../run', '/var/run/x', '/run/x'],
    ['/data', '/tmp/../srv/./store', '/data', '/srv/store'],
  ])('follows a link of the image from %s to %s, and stays in the image', async (link, target, path, place) => {
    const { rootfs, upper, make } = await image();
    await mkdir(join(rootfs, 'var'));
    await symlink(target, join(rootfs, link));
    expect(await make(path, 'folder')).toBe(place);
    expect((await lstat(join(upper, place))).isDirectory()).toBe(true);
  });

  it('is none where links go round in circles, or a file is in the way', async () => {
    const { rootfs, make } = await image();
    await symlink('b', join(rootfs, 'a'));
    await symlink('a', join(rootfs, 'b'));
    await writeFile(join(rootfs, 'file'), '');
    await expect(make('/a/x', 'folder')).rejects.toThrow('/a/x: too many links');
    await expect(make('/file/x', 'folder')).rejects.toThrow('/file/x: /file of the image is not a folder');
    await expect(make('/file', 'folder')).rejects.toThrow('/file of the image is not a folder');
  });
});
