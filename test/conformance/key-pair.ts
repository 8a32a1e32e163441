import ssh2 from 'ssh2';

/** OpenSSH texts. */
export interface KeyPair {
  readonly private: string;
  readonly public: string;
}

const ATTEMPTS = 20;

/** ssh2 cuts leading zeros off a public key that it makes, so one pair of 256 is one that nothing can read, itself included. */
export function keyPair(): KeyPair {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
  throw new Error('no readable key came');
}
