import { describe, expect, it } from 'vitest';
import { findSecrets } from './encodings.ts';

const SECRET = `pl4nted "it's" /+=&%ü\nand a second line`;
const found = (output: string): readonly string[] =>
  findSecrets(output, new Map([['the secret', SECRET]]), 'here').map(({ as }) => as);

describe('the search for a secret finds it', () => {
  it.each([
    ['as it is', SECRET],
    ['in a URL', encodeURIComponent(SECRET)],
    ['in a form', encodeURIComponent(SECRET).replaceAll('%20', '+')],
    ['in a URL, twice', encodeURIComponent(encodeURIComponent(SECRET).replaceAll("'", '%27'))],
    ['in JSON', JSON.stringify({ a: SECRET })],
    ['in JSON, twice', JSON.stringify({ b: JSON.stringify({ a: SECRET }) })],
    ['in JSON of Go or Rails', JSON.stringify({ a: SECRET }).replaceAll('&', '\\u0026')],
    [
      'in JSON of Gson',
      JSON.stringify({ a: SECRET }).replaceAll('&', '\\u0026').replaceAll('=', '\\u003d').replaceAll("'", '\\u0027'),
    ],
    ['in quotes of a shell', `export A='${SECRET.replaceAll("'", `'\\''`)}'`],
    ['in hexadecimal digits', Buffer.from(`x${SECRET}y`).toString('hex')],
    ['one line as it is', 'something and a second line, with more'],
  ])('%s', (as, output) => expect(found(`before ${output} after`)).toContain(as));

  it('in one line of a text that was written under Windows', () => {
    const secrets = new Map([['the secret', SECRET.replaceAll('\n', '\r\n')]]);
    expect(findSecrets('before pl4nted "it\'s" /+=&%ü after', secrets, 'here').map(({ as }) => as)).toEqual([
      'one line as it is',
    ]);
  });

  it.each([0, 1, 2, 3, 4, 5])('in base64 of a longer text, behind %s other bytes', (before) => {
    const text = Buffer.from(`${'x'.repeat(before)}${SECRET}${'y'.repeat(5 - before)}`).toString('base64');
    expect(found(text)).toContain('in base64');
    const forUrls = found(text.replaceAll('+', '-').replaceAll('/', '_'));
    expect(forUrls).toEqual(expect.arrayContaining([expect.stringMatching(/^in base64/)]));
  });
});

describe('the search for a secret', () => {
  it('finds nothing where there is none', () => {
    expect(found('pl4nted, and a second lin')).toEqual([]);
    expect(found(Buffer.from('x'.repeat(500)).toString('base64'))).toEqual([]);
  });

  it('says where and what it has found, and never the secret itself', () => {
    const leaks = findSecrets(`password: ${SECRET}`, new Map([['a password', SECRET]]), 'the job log');
    expect(leaks[0]).toEqual({ secret: 'a password', as: 'as it is', where: 'the job log' });
    expect(JSON.stringify(leaks)).not.toContain('pl4nted');
  });
});
