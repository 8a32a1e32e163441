import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { type Outcome, sideBySide } from './side-by-side.ts';
import { suiteOf } from './suite-name.ts';

const outcome = (implementation: string, test: string, result: string): Outcome => ({
  implementation,
  path: ['part', test],
  result,
});

it('shows a dash for a test that one implementation was not asked', () => {
  const outcomes = [outcome('one', 'a', 'passed'), outcome('one', 'b', 'passed'), outcome('two', 'b', 'failed')];
  expect(sideBySide(outcomes)).toEqual([
    'A  one: 2 passed',
    'B  two: 1 -, 1 failed',
    'A       B',
    'passed  -       part › a',
    'passed  failed  part › b',
  ]);
});

it('hides no failure behind a success of the same name', () => {
  const outcomes = [outcome('one', 'a', 'failed'), outcome('one', 'a', 'passed')];
  expect(sideBySide(outcomes)).toEqual(['A  one: 1 failed and passed', 'A', 'failed and passed  part › a']);
});

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const REPORTER = fileURLToPath(new URL('side-by-side.ts', import.meta.url));

/** Two implementations in two files, one of which cannot do everything, a third one that is not there, and a suite of something else. */
const FILES = {
  'first.test.mjs': `describe('wrapped', () => describe('${suiteOf('first')}', () => describe('part', () => {
    it('works', () => undefined);
    it('needs more', () => undefined);
  })));
  describe('${suiteOf('third')}', () => it.skip('is not tested: it is not there', () => undefined));`,
  'second.test.mjs': `describe('${suiteOf('second')}', () => describe('part', () => {
    it('works', () => { throw new Error('no'); });
    it('needs more', ({ skip }) => skip('has less'));
  }));
  it('is about something else', () => undefined);`,
};

it('shows what a run of tests has told', async () => {
  const root = await mkdtemp(join(tmpdir(), 'side-by-side-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(root, name), text);
  const args = [VITEST, 'run', '--root', root, '--globals', `--reporter=${REPORTER}`];
  const run = promisify(execFile)(process.execPath, args, { cwd: root, env: { PATH: process.env.PATH } });
  // A test has failed, and so has the run.
  const { code, stdout } = await run.then(
    () => expect.unreachable(),
    (error: Error & { code: number; stdout: string }) => error,
  );
  expect(code).toBe(1);
  expect(stdout.trim().split('\n')).toEqual([
    'The agent protocol, side by side',
    'A  first: 2 passed',
    'B  second: 1 failed, 1 skipped: has less',
    '-  third is not tested: it is not there',
    'A                  B',
    'passed             failed             part › works',
    'passed             skipped: has less  part › needs more',
  ]);
});
