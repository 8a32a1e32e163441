import { makeDebian } from './debian-image.ts';

/** Jobs on container machines run in it. */
export default makeDebian;
