import { timingSafeEqual } from 'node:crypto';
import ssh2, { type AuthContext, type ParsedKey } from 'ssh2';

/** The one key that opens an agent. */
export class ClientKey {
  private readonly key: ParsedKey;

  /** @throws Error when it is no public key. */
  constructor(line: string) {
    const key = ssh2.utils.parseKey(line);
    if (key instanceof Error) throw new Error(`authorized_keys: ${key.message}`);
    this.key = key;
  }

  accepts(context: AuthContext): boolean {
    if (context.method !== 'publickey') return false;
    const [offered, known] = [context.key.data, this.key.getPublicSSH()];
    if (offered.length !== known.length || !timingSafeEqual(offered, known)) return false;
    // The first request asks whether the key would do; only the second one is signed.
    if (context.signature === undefined) return true;
    return this.key.verify(context.blob ?? Buffer.alloc(0), context.signature, context.hashAlgo) === true;
  }
}
