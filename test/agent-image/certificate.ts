import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Makes a key and a certificate that it has signed itself. @returns their files. */
export function selfSigned(folder: string, name: string): { readonly key: string; readonly certificate: string } {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const names = ['-keyout', key, '-out', certificate, '-subj', `/CN=${name}`, '-days', '2'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...names], { stdio: 'ignore' });
  return { key, certificate };
}
