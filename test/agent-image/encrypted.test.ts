import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { httpSender } from '../../src/agent-image/http.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { selfSigned } from './certificate.ts';
import { missingPrograms } from './programs.ts';
import { startSmallRegistry } from './small-registry.ts';

const send = httpSender(new ManualClock(), new AbortController().signal);
const missing = missingPrograms('openssl');

it.skipIf(missing !== undefined)(
  `a certificate that nobody vouches for is refused, and the hint says how to vouch for it${missing ? ` (${missing})` : ''}`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'encrypted-'));
    const { key, certificate } = selfSigned(folder, '127.0.0.1');
    const server = createServer({ key: await readFile(key), cert: await readFile(certificate) }, (_, response) => {
      response.end();
    });
    onTestFinished(async () => {
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/v2/`);
    await expect(send({ method: 'GET', url, within: 30_000 })).rejects.toMatchObject({
      fault: 'platform',
      message: `${url.host} cannot be reached by https (DEPTH_ZERO_SELF_SIGNED_CERT).`,
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
    });
  },
);

it('a registry of plain http that is spoken to by https is named, with the flag to give', async () => {
  const registry = await startSmallRegistry();
  onTestFinished(() => registry.stop());
  const url = new URL(registry.base.href.replace('http:', 'https:'));
  await expect(send({ method: 'GET', url, within: 30_000 })).rejects.toMatchObject({
    message: expect.stringMatching(/cannot be reached by https \(\w+\)/) as string,
    hint: expect.stringContaining('--plain-http') as string,
  });
});
