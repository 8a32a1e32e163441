import { composeArchive, type PlatformFiles } from '../../src/agent-image/compose-archive.ts';
import { AGENT_PROTOCOL } from '../../src/agent-protocol.ts';

export const SAMPLE: readonly PlatformFiles[] = ['amd64', 'arm64'].map((architecture) => ({
  architecture,
  agent: Buffer.from(`the agent for ${architecture}`),
  busybox: {
    program: Buffer.from(`busybox for ${architecture}`),
    copyright: { path: 'usr/share/doc/busybox/copyright', content: Buffer.from('whose it is') },
  },
}));

/** The archive of an image that is as small as it can be. */
export const sampleArchive = (version = '1.2.3', platforms = SAMPLE): Buffer =>
  composeArchive(platforms, { version, protocol: AGENT_PROTOCOL });
