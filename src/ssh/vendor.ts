/**
 * The parts of ssh2 that the driver uses. The whole package would also load its server and its HTTP agents. What these parts never need is
 * left out of the bundle (build-stand-ins.ts).
 */
export { default as Client } from 'ssh2/lib/client.js';
export { default as keygen } from 'ssh2/lib/keygen.js';
export { default as keyParser } from 'ssh2/lib/protocol/keyParser.js';
