import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importImage } from '../../src/emulator/images/import-image.ts';
import { ImageStore } from '../../src/emulator/images/image-store.ts';
import { archiveOf, dockerArchive, ociLayout, plant, temporaryFolder, type Wanted } from './archives.ts';

async function imported(source: string, name?: string) {
  const store = new ImageStore(join(await temporaryFolder(), 'store'));
  const fullName = await importImage(store, source, name);
  return { fullName, store, ...(await store.find(fullName)) };
}

const CONFIG = {
  Env: ['PATH=/opt/bin:/bin', 'EMPTY='],
  Entrypoint: ['/entry'],
  Cmd: ['a', 'b'],
  User: '1000:1000',
  WorkingDir: '/work',
};

const oci = async (wanted: Wanted): Promise<string> => archiveOf(await ociLayout(wanted));

describe.each([
  ['an archive of docker save', dockerArchive],
  ['an OCI archive', oci],
  ['an OCI layout', ociLayout],
])('%s', (_, make) => {
  it('becomes an image of the store, with its configuration, under its own name', async () => {
    const source = await make({ layers: [{ 'bin/tool': 'tool' }], config: CONFIG, name: 'acme/app:1' });
    const { fullName, rootfs, config } = await imported(source);
    expect(fullName).toBe('docker.io/acme/app:1');
    expect(config).toEqual(CONFIG);
    expect(await readFile(join(rootfs, 'bin/tool'), 'utf8')).toBe('tool');
    expect((await lstat(join(rootfs, 'bin/tool'))).mode & 0o777).toBe(0o755);
  });

  it('may be given another name, and needs one if it has none', async () => {
    const source = await make({ layers: [{ file: '' }] });
    expect((await imported(source, 'own:2')).fullName).toBe('docker.io/library/own:2');
    await expect(imported(source)).rejects.toThrow('give one with --name');
  });

  it('has its layers one over the other', async () => {
    const layers = [
      { 'a/kept': '1', 'a/changed': '1', 'a/gone': '1', 'b/below': '1', 'c/x': '1', 'file-to-folder': '1' },
      { 'a/changed': '2', 'a/.wh.gone': '', 'b/.wh..wh..opq': '', 'b/new': '2', '.wh.c': '', 'file-to-folder/in': '2' },
      { 'c/y': '3' },
    ];
    const { rootfs } = await imported(await make({ layers, name: 'x:1' }));
    const read = (path: string) => readFile(join(rootfs, path), 'utf8');
    expect((await readdir(rootfs)).sort()).toEqual(['a', 'b', 'c', 'file-to-folder']);
    expect((await readdir(join(rootfs, 'a'))).sort()).toEqual(['changed', 'kept']);
    expect(await readdir(join(rootfs, 'b'))).toEqual(['new']);
    expect(await readdir(join(rootfs, 'c'))).toEqual(['y']);
    expect([await read('a/kept'), await read('a/changed'), await read('file-to-folder/in')]).toEqual(['1', '2', '2']);
  });

  it('is the same whether a layer hides a file and brings another one of its name, in whatever order', async () => {
    const layers = [{ 'd/file': '1' }, { 'd/.wh.file': '', 'd/file': '2' }];
    const { rootfs } = await imported(await make({ layers, name: 'x:1' }));
    expect(await readFile(join(rootfs, 'd/file'), 'utf8')).toBe('2');
  });

  it('writes through a link to a folder of its own', async () => {
    const layers = [
      { 'usr/lib/a': '1', lib: 'link:/usr/lib', lib64: 'link:usr/lib' },
      { 'lib/b': '2', 'lib64/c': '3' },
    ];
    const { rootfs } = await imported(await make({ layers, name: 'x:1' }));
    expect((await readdir(join(rootfs, 'usr/lib'))).sort()).toEqual(['a', 'b', 'c']);
    expect((await lstat(join(rootfs, 'lib'))).isSymbolicLink()).toBe(true);
  });

  it('never writes, or removes, through a link out of it', async () => {
    const outside = await temporaryFolder();
    await plant(outside, { 'in/kept': 'kept', 'deep/kept': 'kept' });
    const layers = [
      { out: `link:${outside}/in`, up: `link:../../../../../../../..${outside}/deep` },
      { 'out/evil': 'evil', 'out/.wh.kept': '', 'up/.wh..wh..opq': '', 'up/evil': 'evil' },
    ];
    const { rootfs } = await imported(await make({ layers, name: 'x:1' }));
    expect(await readdir(join(outside, 'in'))).toEqual(['kept']);
    expect(await readdir(join(outside, 'deep'))).toEqual(['kept']);
    expect(await readdir(join(rootfs, 'out'))).toEqual(['evil']);
  });

  it('takes the place of an image of the same name', async () => {
    const store = new ImageStore(join(await temporaryFolder(), 'store'));
    for (const version of ['1', '2']) {
      await importImage(store, await make({ layers: [{ [`file-${version}`]: version }], name: 'x:1' }));
    }
    expect(await readdir((await store.find('x:1')).rootfs)).toEqual(['file-2']);
  });
});

describe('the folder of a root file system', () => {
  it('becomes an image as it is, links and modes included, and stays untouched', async () => {
    const source = await temporaryFolder();
    await plant(source, { 'bin/tool': 'tool', sbin: 'link:bin', 'tmp/': '' });
    const { fullName, rootfs, config } = await imported(source, 'own:1');
    expect(fullName).toBe('docker.io/library/own:1');
    expect((await readdir(rootfs)).sort()).toEqual(['bin', 'sbin', 'tmp']);
    expect((await lstat(join(rootfs, 'sbin'))).isSymbolicLink()).toBe(true);
    expect(config).toMatchObject({ Env: [], Entrypoint: [], User: '' });
    expect(await readdir(source)).toContain('bin');
    await expect(imported(source)).rejects.toThrow('give one with --name');
  });
});

describe('an import is refused, and the store stays as it was, for', () => {
  const refused = async (source: string, sentence: RegExp, name?: string) => {
    const folder = join(await temporaryFolder(), 'store');
    await expect(importImage(new ImageStore(folder), source, name)).rejects.toThrow(sentence);
    expect(await readdir(folder).catch(() => [])).toEqual([]);
  };

  it('an archive of something else', async () => {
    const folder = await temporaryFolder();
    await plant(folder, { 'some/file': '' });
    await refused(await archiveOf(folder), /neither an OCI archive nor one of docker save/);
  });

  it('a file that is no archive', async () => {
    const file = join(await temporaryFolder(), 'image.tar');
    await writeFile(file, 'no archive at all');
    await refused(file, /cannot be unpacked: tar: /);
  });

  it('a blob that is not what its digest says', async () => {
    const layout = await ociLayout({ layers: [{ file: 'x' }], name: 'x:1' });
    const blobs = join(layout, 'blobs/sha256');
    for (const blob of await readdir(blobs)) {
      const bytes = await readFile(join(blobs, blob));
      if (bytes[0] === 0x1f) await writeFile(join(blobs, blob), Buffer.concat([bytes, Buffer.from('x')]));
    }
    await refused(layout, /is not what its name says: the archive is damaged/);
  });

  it('another architecture', async () => {
    const layout = await ociLayout({ layers: [{ file: 'x' }], name: 'x:1', architecture: 'riscv64' });
    await refused(layout, /no image for this machine's architecture/);
  });

  it('files outside of the archive', async () => {
    const folder = await temporaryFolder();
    const manifest = [{ Config: '../config.json', RepoTags: ['x:1'], Layers: [] }];
    await mkdir(join(folder, 'archive'));
    await writeFile(join(folder, 'config.json'), '{}');
    await writeFile(join(folder, 'archive/manifest.json'), JSON.stringify(manifest));
    await refused(join(folder, 'archive'), /the archive has no file \.\.\/config\.json/);
  });

  it('several images, unless one of them is named', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'config.json'), '{}');
    const manifest = ['a:1', 'b:1'].map((name) => ({ Config: 'config.json', RepoTags: [name], Layers: [] }));
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
    await refused(folder, /several images \(a:1, b:1\): give the name of one with --name/);
    expect((await imported(folder, 'b:1')).fullName).toBe('docker.io/library/b:1');
  });

  it('a layer that would remove the folder that it is in', async () => {
    await refused(
      await dockerArchive({ layers: [{ 'a/.wh...': '' }], name: 'x:1' }),
      /a layer has the file \.wh\.\.\./,
    );
  });
});

describe('an image of the store', () => {
  it('whose configuration somebody has spoilt says so', async () => {
    const { store, rootfs } = await imported(await dockerArchive({ layers: [{ file: '' }], name: 'x:1' }));
    await writeFile(join(rootfs, '../image.json'), '{"config": {"Env": "PATH=/bin"}}');
    await expect(store.find('x:1')).rejects.toThrow(/image\.json is not the configuration of an image: config\.Env: /);
  });

  it('needs no configuration', async () => {
    const folder = await temporaryFolder();
    const store = new ImageStore(folder);
    await mkdir(join(folder, 'docker.io%2Flibrary%2Fplain%3A1', 'rootfs'), { recursive: true });
    expect((await store.find('plain:1')).config.Entrypoint).toEqual([]);
    expect([store.has('plain:1'), store.has('plain:2')]).toEqual([true, false]);
    await expect(store.find('plain:2')).rejects.toThrow('The image docker.io/library/plain:2 is not in');
  });
});
