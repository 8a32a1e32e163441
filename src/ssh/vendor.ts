/**
 * The parts of ssh2 that the driver uses, by themselves: nothing of ours stands here, because the build embeds this file as a text that is
 * compiled only when a stage opens a connection (build.ts). The whole package would also load its server and its HTTP agents.
 */
export { default as Client } from 'ssh2/lib/client.js';
export { default as keygen } from 'ssh2/lib/keygen.js';
export { default as keyParser } from 'ssh2/lib/protocol/keyParser.js';
