import { AGENT_SHELL } from '../group/names.ts';

/** The order in which the Kubernetes executor looks for a shell in an image. */
export const IMAGE_SHELLS: readonly string[] = [
  '/usr/local/bin/bash',
  '/usr/bin/bash',
  '/bin/bash',
  '/usr/local/bin/sh',
  '/usr/bin/sh',
  '/bin/sh',
  '/busybox/sh',
];

/** The agent's own comes last. */
export const SHELLS: readonly string[] = [...IMAGE_SHELLS, AGENT_SHELL];
