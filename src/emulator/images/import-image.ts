import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { removeTree } from '../machines/remove-tree.ts';
import { parseImageConfig } from './image-config.ts';
import { type ImageFiles, imagesOf, isLayout } from './image-layout.ts';
import type { ImageStore } from './image-store.ts';
import { applyLayer, unpack } from './layers.ts';

/**
 * Takes an image into the store.
 * @param source an archive of `docker save`, an OCI archive, either of them unpacked, or the folder of a root file system.
 * @param name of the image; that of the archive if not given.
 * @returns its full name. @throws Error with a sentence.
 */
export async function importImage(store: ImageStore, source: string, name?: string): Promise<string> {
  const isFolder = (await stat(source)).isDirectory();
  if (isFolder && !isLayout(source)) return importRoot(store, source, name);
  const aside = await mkdtemp(join(tmpdir(), 'image-import-'));
  try {
    const archive = isFolder ? source : join(aside, 'archive');
    if (!isFolder) {
      await mkdir(archive);
      await unpack(source, archive);
      if (!isLayout(archive)) throw new Error(`${source} is neither an OCI archive nor one of docker save`);
    }
    const image = onlyImage(await imagesOf(archive), source, name);
    return await store.add(wanted(name ?? image.name, source), async (rootfs) => {
      for (const [index, file] of image.layers.entries()) {
        const layer = join(aside, `layer-${index}`);
        await mkdir(layer);
        await unpack(file, layer);
        await applyLayer(layer, rootfs);
      }
      return parseImageConfig(await readFile(image.config, 'utf8'));
    });
  } finally {
    await removeTree(aside);
  }
}

function importRoot(store: ImageStore, source: string, name: string | undefined): Promise<string> {
  return store.add(wanted(name, source), async (rootfs) => {
    await promisify(execFile)('cp', ['--archive', '--', `${source}/.`, rootfs]);
    return {};
  });
}

function wanted(name: string | undefined, source: string): string {
  if (name) return name;
  throw new Error(`${source} does not tell the name of its image: give one with --name`);
}

function onlyImage(images: readonly ImageFiles[], source: string, name: string | undefined): ImageFiles {
  const named = name === undefined ? images : images.filter((each) => each.name === name);
  const candidates = named.length > 0 ? named : images;
  const [image, ...others] = candidates;
  if (!image) throw new Error(`${source} has no image for this machine's architecture`);
  if (others.length === 0) return image;
  const names = candidates.map((each) => each.name ?? 'one without a name');
  throw new Error(`${source} has several images (${names.join(', ')}): give the name of one with --name`);
}
