import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { driverLog, type Fields } from '../../src/report/driver-log.ts';
import { openJournal } from '../../src/report/journal.ts';
import { encodingsOf } from '../secrets/encodings.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const base = () =>
  Promise.resolve({
    fields: { call: 'prepare', job: 7, attempt: 'a' },
    secrets: ['hidden "value"', 'another-secret'],
    suspects: ['of the job, not masked'],
  });
/** What stands in the log after one entry. */
async function written(message: string, fields: Fields): Promise<Record<string, unknown>> {
  const file = join(folder, 'driver.log');
  expect(await driverLog({ file, level: 'info' }, base).write('error', message, fields)).toBe(true);
  const [entry = {}] = await entries(file);
  return entry;
}
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

  it('has no secret in it, in whatever form and at whatever depth', async () => {
    const forms = encodingsOf('hidden "value"').map(({ text }) => text);
    const entry = await written(`failed: ${forms.join(' ')}`, { group: { places: forms } });
    expect(entry.msg).toMatch(/^failed: [^a-z0-9]*MASKED/i);
    for (const form of forms) expect(JSON.stringify(entry)).not.toContain(JSON.stringify(form).slice(1, -1));
  });

  it('has nothing in it that looks like a login, also where nobody knows the value', async () => {
    const what =
      'PUT https://h/?Signature=s1gned failed with {"auth": "cm9ib3Q6eA=="}, LTAI5tPlanted00 and STS.NTplanted00';
    const entry = await written('failed', { what });
    expect(entry.what).toBe('PUT https://h/?[redacted] failed with {"auth": [redacted]}, [redacted] and [redacted]');
  });

  it('is JSON also when a secret is a part of it', async () => {
    const file = join(folder, 'driver.log');
    const secrets = ['"level":30', '"call":"prepare"'];
    const log = driverLog({ file, level: 'info' }, async () => ({ ...(await base()), secrets }));
    await log.write('info', 'ready');
    expect(await entries(file)).toMatchObject([{ level: 30, call: 'prepare', msg: 'ready' }]);
  });

  it('tells an error without its fields, and without what may be secret, wherever it stands', async () => {
    const error = () =>
      Object.assign(new TypeError('of the job, not masked: another-secret, Password=hunter2'), { data: 'SECRET' });
    const entry = await written('bug', { err: error(), others: [error()] });
    const told = { type: 'TypeError', message: '[MASKED]: [MASKED], Password=[redacted]' };
    expect(entry).toMatchObject({ err: told, others: [told] });
    expect(Object.keys(entry.err as object)).toEqual(['type', 'message', 'stack']);
    expect(await readFile(join(folder, 'driver.log'), 'utf8')).not.toMatch(/SECRET|hunter2/);
  });

  it('tells an error in the same way when it has a JSON of its own, as those of libraries have', async () => {
    const error = () => Object.assign(new TypeError('broken'), { toJSON: () => ({ request: 'SECRET' }) });
    const entry = await written('bug', { err: error(), others: [error()], cause: error() });
    const told = { type: 'TypeError', message: 'broken', stack: expect.stringMatching(/^\s+at /) as string };
    expect(entry).toMatchObject({ err: told, others: [told], cause: told });
    expect(JSON.stringify(entry)).not.toContain('SECRET');
  });

  it('has no secret in the name of a field', async () => {
    const entry = await written('failed', { of: [{ 'another-secret': { 'hidden "value"': 1, at: new Date(0) } }] });
    expect(entry.of).toEqual([{ '[MASKED]': { '[MASKED]': 1, at: '1970-01-01T00:00:00.000Z' } }]);
  });

  it('tells of a thrown text only that it was one', async () => {
    expect((await written('bug', { err: 'SECRET' })).err).toEqual({ type: 'string' });
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
