import { keygen } from './vendor.ts';

interface KeyPair {
  /** OpenSSH private key file. */
  readonly private: string;
  /** `ssh-ed25519 AAAA…` */
  readonly public: string;
}

export interface NewGroupKeys {
  readonly client: KeyPair;
  readonly helper: KeyPair;
  readonly build: KeyPair;
}

/** Fresh ed25519 keys for one group: the manager's client key and one host key per container, so that both are known before first contact. */
export function newGroupKeys(): NewGroupKeys {
  return { client: keyPair(), helper: keyPair(), build: keyPair() };
}

function keyPair(): KeyPair {
  const pair = keygen.generateKeyPairSync('ed25519');
  return { private: pair.private, public: pair.public };
}
