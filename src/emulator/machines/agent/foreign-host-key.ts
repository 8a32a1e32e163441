import ssh2 from 'ssh2';

/** A host key that nobody was told about. ssh2 makes one in some hundred that nobody can read, itself included. */
export function foreignHostKey(): string {
  for (;;) {
    const { private: key } = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(key) instanceof Error)) return key;
  }
}
