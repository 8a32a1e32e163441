import { randomBytes } from 'node:crypto';

/** In the order in which the driver looks for them. */
export const SHELLS = ['/bin/bash', '/bin/sh', '/busybox/sh'];

/** An id that no other test, and no earlier run of the suite against the same agent, has used. */
export const newId = (): string => `t-${randomBytes(6).toString('hex')}`;

/** The members of a `run`. */
export const runRequest = (id: string, script: string | Uint8Array, more: object = {}) => ({
  id,
  length: Buffer.byteLength(script),
  shells: SHELLS,
  ...more,
});
