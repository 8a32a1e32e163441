import { readFile } from 'node:fs/promises';
import { describe, it } from 'vitest';
import { agentConformance } from './agent-conformance.ts';
import { keyPair } from './key-pair.ts';
import { suiteOf } from './suite-name.ts';

/**
 * Any agent that listens somewhere:
 *
 * - AGENT_CONFORMANCE_ADDRESS: `host:port`
 * - AGENT_CONFORMANCE_HOST_KEY: `ssh-ed25519 AAAA…`
 * - AGENT_CONFORMANCE_CLIENT_KEY_FILE: an OpenSSH private key
 * - AGENT_CONFORMANCE_CONTAINER: the word given to `serve --container`, `build` if not set
 * - AGENT_CONFORMANCE_NO_PROC: set where the container has no /proc
 */
const { env } = process;
const address = env.AGENT_CONFORMANCE_ADDRESS;

if (address === undefined) {
  describe.skip(suiteOf('the agent at AGENT_CONFORMANCE_ADDRESS'), () => {
    it('is not tested: the variable is not set', () => undefined);
  });
} else {
  const colon = address.lastIndexOf(':');
  agentConformance(`the agent at ${address}`, async () => ({
    address: address.slice(0, colon),
    port: Number(address.slice(colon + 1)),
    hostKey: env.AGENT_CONFORMANCE_HOST_KEY ?? '',
    clientKey: await readFile(env.AGENT_CONFORMANCE_CLIENT_KEY_FILE ?? '', 'utf8'),
    otherKey: keyPair().private,
    container: env.AGENT_CONFORMANCE_CONTAINER ?? 'build',
    hasProc: env.AGENT_CONFORMANCE_NO_PROC === undefined,
    close: () => Promise.resolve(),
  }));
}
