import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../src/report/secret-free.ts';
import { encodingsOf, findSecrets } from '../secrets/encodings.ts';

describe('what people are shown', () => {
  it('has no value of a name that holds secrets', () => {
    expect(withoutSecrets({ UserName: 'ci', Password: 'x1', Content: 'key' })).toBe(
      '{"UserName":"ci","Password":"…","Content":"…"}',
    );
  });

  it('has no secret of the job, also where JSON would escape it', () => {
    const secret = 'say "pass\\word"';
    expect(withoutSecrets({ Value: `a ${secret} b` }, [secret])).toBe('{"Value":"a [MASKED] b"}');
    expect(withoutSecrets(`a ${secret} b`, [secret])).toBe('a [MASKED] b');
  });

  const AWKWARD = `pl4nted "it's" /+=&%ü?~<>\nand a second line`;
  const all = new Map([['the secret', AWKWARD]]);
  it.each(encodingsOf(AWKWARD))('has no secret $as', ({ text }) => {
    const shown = withoutSecrets(`before ${text} after`, [AWKWARD]);
    expect(findSecrets(shown, all, 'here')).toEqual([]);
    expect(shown).toMatch(/^before .*\[MASKED\].* after$/);
  });

  it('has no line of a secret that was written under Windows, also where the line ends otherwise', () => {
    const secret = 'first of the lines\r\nsecond of the lines\r\n';
    expect(withoutSecrets('a first of the lines b\nsecond of the lines\n', [secret])).toBe('a [MASKED] b\n[MASKED]\n');
  });

  it.each([
    ['Go and Rails', String.raw`a='pass\u003cwo\u003e\u0026\"'`],
    ['Gson', String.raw`a\u003d\u0027pass\u003cwo\u003e\u0026\"\u0027`],
  ])('has no secret as %s write it in JSON', (_what, text) => {
    const secret = `a='pass<wo>&"'`;
    expect(JSON.parse(`"${text}"`)).toBe(secret);
    expect(withoutSecrets(`x ${text} y`, [secret])).toBe('x [MASKED] y');
    expect(withoutSecrets(`x ${JSON.stringify(text)} y`, [secret])).toBe('x "[MASKED]" y');
  });

  it.each([0, 1, 2, 3, 4, 5])('has no secret in base64 of a longer text, behind %s other bytes', (before) => {
    const text = Buffer.from(`${'x'.repeat(before)}${AWKWARD}${'y'.repeat(5 - before)}`);
    for (const digits of [text.toString('base64'), text.toString('base64url')]) {
      expect(findSecrets(withoutSecrets({ Value: digits }, [AWKWARD]), all, 'here')).toEqual([]);
    }
  });

  it('has nothing left of a secret that has another one in it, whichever is named first', () => {
    const [part, whole] = ['0123456789', 'x-0123456789-y'];
    for (const secrets of [
      [part, whole],
      [whole, part],
    ]) {
      expect(withoutSecrets(`${whole} ${part}`, secrets)).toBe('[MASKED] [MASKED]');
    }
  });

  it('has no secret that ends in half a character', () => {
    expect(withoutSecrets('a 12345678\ud83d b', ['12345678\ud83d'])).toBe('a [MASKED] b');
  });

  it('has texts in it that are too short for a secret', () => {
    expect(withoutSecrets('short, and 73686f7274', ['short'])).toBe('short, and 73686f7274');
  });

  it('has no beginning of a secret where a long text is cut, in whatever form', () => {
    const secret = 'glcbt-64_0123456789';
    expect(withoutSecrets(`"x=${secret.slice(0, 10)}…" and "${secret.slice(0, 18)}…"`, [secret])).toBe(
      '"x=[MASKED]…" and "[MASKED]…"',
    );
    expect(withoutSecrets(`glc… and ${secret.slice(0, 10)}`, [secret])).toBe(`glc… and ${secret.slice(0, 10)}`);
    expect(withoutSecrets(`x=${Buffer.from(secret).toString('base64').slice(0, 12)}…`, [secret])).toBe('x=[MASKED]…');
  });
});
