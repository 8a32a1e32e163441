import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../machines/remove-tree.ts';
import { type ImageConfig, NO_CONFIG, parseImageConfig } from './image-config.ts';
import { fullImageName } from './image-name.ts';

interface StoredImage {
  /** Its root file system, which nobody may change. */
  readonly rootfs: string;
  readonly config: ImageConfig;
}

const ROOTFS = 'rootfs';
const CONFIG = 'image.json';

/**
 * A folder of images: one folder per image, named by its full name as a part of a URL, with the root file system in `rootfs` and, where the image
 * has a configuration, an OCI one in `image.json`.
 */
export class ImageStore {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  has(image: string): boolean {
    return existsSync(join(this.folderOf(image), ROOTFS));
  }

  /** @throws Error with a sentence when it is not there, or its configuration is not valid. */
  async find(image: string): Promise<StoredImage> {
    const folder = this.folderOf(image);
    if (!this.has(image)) throw new Error(`The image ${fullImageName(image)} is not in ${this.folder}.`);
    const json = await readFile(join(folder, CONFIG), 'utf8').catch(() => undefined);
    try {
      return { rootfs: join(folder, ROOTFS), config: json === undefined ? NO_CONFIG : parseImageConfig(json) };
    } catch (error) {
      throw new Error(`${join(folder, CONFIG)} is not the configuration of an image: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /**
   * Adds an image, in place of one of the same name.
   * @param fill puts its root file system into an empty folder, and returns its configuration.
   * @returns its full name.
   */
  async add(image: string, fill: (rootfs: string) => Promise<Partial<ImageConfig>>): Promise<string> {
    await mkdir(this.folder, { recursive: true });
    // A name in the store is always a whole image: it is made aside, in the same file system.
    const aside = await mkdtemp(join(this.folder, '.new-'));
    try {
      const made = join(aside, 'made');
      await mkdir(join(made, ROOTFS), { recursive: true });
      const config = await fill(join(made, ROOTFS));
      await writeFile(join(made, CONFIG), `${JSON.stringify({ config }, undefined, 2)}\n`);
      const folder = this.folderOf(image);
      await rename(folder, join(aside, 'old')).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
      await rename(made, folder);
    } finally {
      await removeTree(aside);
    }
    return fullImageName(image);
  }

  private folderOf(image: string): string {
    return join(this.folder, encodeURIComponent(fullImageName(image)));
  }
}
