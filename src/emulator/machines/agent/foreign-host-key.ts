import { generateKeyPairSync } from 'node:crypto';

/** A host key that nobody was told about. */
export const foreignHostKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  }).privateKey;
