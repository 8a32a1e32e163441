import { type Images, makeImages } from './container-images.ts';
import { addDebian, addDebianWith } from './debian-image.ts';
import { HELPER_IMAGE } from './image-names.ts';

/** Names that tests give to an ordinary image; it is always the same one. */
const ORDINARY = ['alpine:3.20', 'a:1', 'rust:1.90', 'registry.example.com/app:1'];

/** What worlds run their jobs on, unless a test says it. vitest.config.ts has a project for each. */
export const defaultMachines = process.env.MACHINES === 'containers' ? 'containers' : 'processes';

/** Images for whole jobs. @param gitlabRunner a program that the helper has as its own. */
export async function makeWorldImages(gitlabRunner?: string): Promise<Images> {
  const images = await makeImages();
  await addDebian(images.folder, gitlabRunner === undefined ? [...ORDINARY, HELPER_IMAGE] : ORDINARY);
  if (gitlabRunner !== undefined) {
    await addDebianWith(images.store, HELPER_IMAGE, gitlabRunner, 'usr/bin/gitlab-runner-helper');
  }
  return images;
}
