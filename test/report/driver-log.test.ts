import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { driverLog } from '../../src/report/driver-log.ts';
import { openJournal } from '../../src/report/journal.ts';
import { errorFields, secretsIn } from '../../src/report/redact.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const base = () =>
  Promise.resolve({ fields: { call: 'prepare', job: 7, attempt: 'a' }, secrets: ['hidden "value"', 'another-secret'] });
const entries = async (file: string): Promise<Record<string, unknown>[]> =>
  (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("the driver's own log", () => {
  it('has one JSON line per entry, with its level, time, job and attempt', async () => {
    const file = join(folder, 'driver.log');
    const log = driverLog({ file, level: 'info' }, base);
    expect(await log.write('info', 'attempt', { zone: 'cn-beijing-h' })).toBe(true);
    expect(await log.write('warn', 'failed')).toBe(true);
    const common = {
      call: 'prepare',
      job: 7,
      attempt: 'a',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
    };
    expect(await entries(file)).toEqual([
      { level: 30, ...common, zone: 'cn-beijing-h', msg: 'attempt' },
      { level: 40, ...common, msg: 'failed' },
    ]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('leaves out what is below its level, and asks for nothing then', async () => {
    const file = join(folder, 'driver.log');
    const log = driverLog({ file, level: 'warn' }, () => Promise.reject(new Error('asked')));
    expect(await log.write('info', 'attempt')).toBe(false);
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it('has the mask of GitLab Runner in place of each secret', async () => {
    const file = join(folder, 'driver.log');
    await driverLog({ file, level: 'info' }, base).write('info', 'failed', {
      what: 'hidden "value":1, another-secret',
    });
    expect(await entries(file)).toMatchObject([{ what: '[MASKED]:1, [MASKED]' }]);
  });

  it('makes its folder, for the owner alone', async () => {
    const file = join(folder, 'new', 'driver.log');
    expect(await driverLog({ file, level: 'info' }, base).write('info', 'ready')).toBe(true);
    expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700);
  });

  it('loses no entry when several processes find it too large at once', async () => {
    const file = join(folder, 'driver.log');
    await writeFile(file, 'x'.repeat(10 * 1024 * 1024 + 1));
    const logs = [1, 2, 3].map(() => driverLog({ file, level: 'info' }, base));
    const written = await Promise.all(logs.map((log) => log.write('info', 'ready')));
    expect(written).toEqual([true, true, true]);
  });

  it.each([
    ['a folder that is a file', () => join('/dev/null', 'driver.log')],
    ['something that is no file', () => folder],
  ])('that cannot be written (%s) is no failure', async (_what, file) => {
    expect(await driverLog({ file: file(), level: 'debug' }, base).write('error', 'bug')).toBe(false);
  });

  it('is moved aside when it has grown large', async () => {
    const file = join(folder, 'driver.log');
    await writeFile(file, 'x'.repeat(10 * 1024 * 1024 + 1));
    await driverLog({ file, level: 'info' }, base).write('info', 'ready');
    expect((await entries(file)).map((entry) => entry.msg)).toEqual(['ready']);
    expect((await stat(`${file}.1`)).size).toBe(10 * 1024 * 1024 + 1);
  });
});

describe("a stream to systemd's journal", () => {
  it('begins with its header, and each line has a priority', async () => {
    const path = join(folder, 'journal');
    let received = '';
    const server = createServer((socket) => socket.on('data', (chunk) => (received += chunk.toString('utf8'))));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const journal = await openJournal(path);
    onTestFinished(() => journal.close());
    await journal.send('info', '{"msg":"ready"}\n');
    await journal.send('error', '{"msg":"bug"}\n');
    const expected = 'gitlab-eci-executor\n\n6\n1\n0\n0\n0\n<6>{"msg":"ready"}\n<3>{"msg":"bug"}\n';
    await expect.poll(() => received).toBe(expected);
  });

  it('is an error where there is no journal', async () => {
    await expect(openJournal(join(folder, 'none'))).rejects.toThrow('ENOENT');
  });
});

describe('an error that nobody foresaw', () => {
  it("is told by its name, its frames and a message without a URL's query", () => {
    const error = Object.assign(new TypeError('GET https://h/?AccessKeyId=LTAI1 failed\nsecond line'), {
      data: 'SECRET',
    });
    const fields = errorFields(error);
    expect(fields).toMatchObject({ type: 'TypeError', message: 'GET https://h/?[redacted] failed\nsecond line' });
    expect(fields.stack).toMatch(/^\s+at /);
    expect(JSON.stringify(fields)).not.toMatch(/LTAI1|SECRET/);
  });

  it('is told without what the environment holds, masked or not, in whatever form', () => {
    const several = 'first line of a key\nsecond "line" of it';
    const secrets = secretsIn({
      CUSTOM_ENV_KEY: several,
      CUSTOM_ENV_SHORT: 'short',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'of the operator',
      HTTPS_PROXY: 'http://a:b@proxy',
      HOME: '/home/gitlab-runner',
    });
    const forms = [several, 'second "line" of it', JSON.stringify(several), encodeURIComponent(several)];
    const error = new Error(
      `short in /home/gitlab-runner: ${forms.join(', ')}\n    at of the operator, http://a:b@proxy`,
    );
    const shown = JSON.stringify(errorFields(error, secrets));
    expect(shown).not.toMatch(/line|operator|a:b/);
    expect(shown).toContain('short in /home/gitlab-runner: [MASKED], ');
  });

  it('need not be an Error', () => expect(errorFields('SECRET')).toEqual({ type: 'string' }));
});
