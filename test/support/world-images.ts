import { type Images, makeImages } from './container-images.ts';
import { addDebian, addDebianWith, noDebian } from './debian-image.ts';

export const HELPER_IMAGE = 'registry.example.com/helper:1';

/** Names that tests give to an ordinary image; it is always the same one. */
const ORDINARY = ['alpine:3.20', 'a:1', 'rust:1.90', 'registry.example.com/app:1'];

/** What worlds run their jobs on, unless a test says it. vitest.config.ts has a project for each. */
export const defaultMachines = process.env.MACHINES === 'containers' ? 'containers' : 'processes';

/** Why whole jobs cannot be run on container machines here, if they cannot. */
export const noContainerWorld = noDebian;

/** Images for whole jobs. @param gitlabRunner a program that the helper has as its own. */
export async function makeWorldImages(gitlabRunner?: string): Promise<Images> {
  const images = await makeImages();
  await addDebian(images.folder, gitlabRunner === undefined ? [...ORDINARY, HELPER_IMAGE] : ORDINARY);
  if (gitlabRunner !== undefined) {
    await addDebianWith(images.store, HELPER_IMAGE, gitlabRunner, 'usr/bin/gitlab-runner-helper');
  }
  return images;
}
