import { setTimeout as sleep } from 'node:timers/promises';
import ssh2, { type AuthHandlerMiddleware, type ParsedKey, type PublicKeyAuthMethod } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { connected } from './connected.ts';
import { keyPair } from './key-pair.ts';
import type { StartTarget } from './target.ts';
import { dial } from './wire.ts';

const REFUSED = /authentication methods failed/;
/** A server may hang up on who forges a signature, and need not let him try again. */
const REFUSED_OR_CLOSED = /authentication methods failed|closed the connection/;

/** docs/agent-protocol.md, section 2: who gets in, and how often. */
export function accessTests(startTarget: StartTarget): void {
  const agent = connected(startTarget);

  describe('who gets in', () => {
    it('is who has the key, under any user name', async () => {
      for (const username of ['root', 'somebody-else', 'ünï']) {
        const other = await dial(agent.target, { username });
        expect((await other.ask('hello')).status).toBe(0);
        other.close();
      }
    });

    it('is nobody with another key', async () => {
      await expect(dial(agent.target, { privateKey: agent.target.otherKey })).rejects.toThrow(REFUSED);
    });

    it('is nobody who shows the key and signs with another one', async () => {
      const [shown, used] = [agent.target.clientKey, agent.target.otherKey].map((text) => ssh2.utils.parseKey(text));
      if (shown instanceof Error || used instanceof Error || !shown || !used) throw new Error('no keys');
      let signatures = 0;
      const sign: ParsedKey['sign'] = (data, algorithm) => {
        signatures++;
        return used.sign(data, algorithm);
      };
      const key = Object.create(shown, { sign: { value: sign } }) as ParsedKey;
      const method: PublicKeyAuthMethod = { type: 'publickey', username: 'anybody', key };
      await expect(dial(agent.target, { authHandler: [method] })).rejects.toThrow(REFUSED_OR_CLOSED);
      expect(signatures).toBe(1);
    });

    it.each([
      ['a password', { password: 'x', authHandler: ['password' as const] }],
      ['nothing', { authHandler: ['none' as const] }],
      ['an answer', { tryKeyboard: true, authHandler: ['keyboard-interactive' as const] }],
    ])('is nobody with %s', async (_what, how) => {
      await expect(dial(agent.target, how)).rejects.toThrow(REFUSED);
    });

    it('is told that nothing but a key will do', async () => {
      const offers: unknown[] = [];
      const authHandler: AuthHandlerMiddleware = (methods, _partial, next) => {
        if (methods as unknown) offers.push(methods);
        next(offers.length === 0 ? 'none' : (false as unknown as 'none'));
      };
      await expect(dial(agent.target, { authHandler })).rejects.toThrow(REFUSED);
      expect(offers).toEqual([['publickey']]);
    });

    it('finds the pinned host key, by the algorithms that were agreed', async () => {
      const other = keyPair().public;
      await expect(dial({ ...agent.target, hostKey: other })).rejects.toThrow(/[Hh]ost/);
      for (const cipher of ['aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes128-ctr'] as const) {
        const algorithms = {
          kex: ['curve25519-sha256' as const],
          serverHostKey: ['ssh-ed25519' as const],
          cipher: [cipher],
        };
        const wire = await dial(agent.target, { algorithms });
        expect((await wire.ask('hello')).status).toBe(0);
        wire.close();
      }
    });
  });

  describe('connections', () => {
    it('may be sixty at once', async () => {
      const wires = await Promise.all(Array.from({ length: 60 }, () => dial(agent.target)));
      const answers = await Promise.all(wires.map((each) => each.ask('hello')));
      expect(answers.filter((answer) => answer.status === 0)).toHaveLength(60);
      wires.forEach((each) => each.close());
    });

    it('carry many channels at once', async () => {
      const scripts = Array.from({ length: 30 }, (_, index) => `echo ${index}; exit ${index}`);
      const answers = await Promise.all(scripts.map((script) => agent.run(script)));
      expect(answers.map((answer) => answer.last?.code)).toEqual(scripts.map((_, index) => index));
      expect(answers.map((answer) => Number(answer.stdout.toString()))).toEqual(scripts.map((_, index) => index));
    });

    it('that fail or are reset shut nobody out', async () => {
      for (let count = 0; count < 20; count++) {
        const failing = dial(agent.target, { privateKey: agent.target.otherKey });
        await expect(failing).rejects.toThrow(REFUSED);
        (await dial(agent.target)).cut();
      }
      const wire = await dial(agent.target);
      expect((await wire.ask('hello')).status).toBe(0);
      wire.close();
    });

    it('have their keepalives answered', async () => {
      // Two that stay without an answer would end the connection.
      const wire = await dial(agent.target, { keepaliveInterval: 100, keepaliveCountMax: 2 });
      await sleep(1500);
      expect((await wire.ask('hello')).status).toBe(0);
      wire.close();
    });
  });
}
