import type { GroupKeys } from '../group/volumes.ts';
import { keygen, keyParser } from './vendor.ts';

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

/** What of them travels in the create call; the client's private key never does. */
export const sentKeys = ({ client, helper, build }: NewGroupKeys): GroupKeys => ({
  clientPublic: client.public,
  hostPrivate: { helper: helper.private, build: build.private },
});

/** ssh2 drops leading zero bytes of a key, so that about one pair in 260 cannot be read by anybody: those are made again. */
const MOST_TRIES = 20;

function keyPair(): KeyPair {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const pair = keygen.generateKeyPairSync('ed25519');
    const readable = [pair.private, pair.public].every((text) => !(keyParser.parseKey(text) instanceof Error));
    if (readable) return { private: pair.private, public: pair.public };
  }
  throw new Error('no readable key pair could be made');
}
