import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellWord, wrapBody } from './shell-quote.ts';
import { runToyJob } from './toy-driver.ts';

const bash = (script: string, input = '') => spawnSync('bash', ['-c', script], { input, encoding: 'utf8' });

describe('a shell word', () => {
  it('is read by bash as the text that it stands for', () => {
    const everyCharacter = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join('');
    for (const text of ['', 'plain/word-1.2', "it's", '$HOME `id` "x" \\', '€ and \u{1f600}1', everyCharacter]) {
      expect(execFileSync('bash', ['-c', `printf %s ${shellWord(text)}`]).toString('utf8')).toBe(text);
    }
  });
});

describe('a generated script', () => {
  it.each([
    ['true', 0],
    ['false; echo not reached', 1],
    ['(exit 42)', 42],
    ['false | true', 1],
    ['kill -TERM $BASHPID; sleep 5', 1],
  ])('of "%s" exits with the first failure', (body, code) => {
    const { status, stdout } = bash(wrapBody(body, 'bash'));
    expect([status, stdout]).toEqual([code, '']);
  });

  it('gives its commands an empty stdin', () => {
    expect(bash(wrapBody('cat; echo end', 'bash'), 'input').stdout).toBe('end\n');
  });
});

describe('the scripts of a job', () => {
  it('echo each command in green, of a block only the first line', async () => {
    const { text } = await runToyJob({ fields: { script: ['echo one', '', 'if true; then\n  echo two\nfi'] } });
    expect(text).toContain(
      '\x1b[32;1m$ echo one\x1b[0;m\none\n\n\x1b[32;1m$ if true; then # collapsed multi-line command\x1b[0;m\ntwo\n',
    );
  });

  it('leave nothing of file variables behind', async () => {
    const { text, home } = await runToyJob({
      fields: { script: ['cat "$KEY"'], variables: { KEY: { value: 'file content\n', file: true } } },
    });
    expect(text).toContain('file content\n');
    expect(execFileSync('find', [`${home}/builds/acme/shop.tmp`, '-type', 'f'], { encoding: 'utf8' })).toBe('');
  });

  it('give a user’s exit code to GitLab', async () => {
    expect(await runToyJob({ fields: { script: ['exit 42'] } })).toMatchObject({
      failureReason: 'script_failure',
      exitCode: 42,
    });
  });
});
