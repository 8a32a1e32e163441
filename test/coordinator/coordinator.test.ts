import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { jobPayload } from '../standin/job.ts';
import type { CoordinatedJob } from './coordinated-job.ts';
import { type Coordinator, startCoordinator } from './coordinator.ts';
import { crc32 } from './crc32.ts';

let coordinator: Coordinator;
beforeEach(async () => {
  coordinator = await startCoordinator('glrt-test');
});
afterEach(() => coordinator.close());

const payload = jobPayload({ id: 7, token: 'token-7' });

const request = (token = 'glrt-test') =>
  fetch(`${coordinator.url}/api/v4/jobs/request`, { method: 'POST', headers: { 'Runner-Token': token } });

const patch = (range: string, body: string, token = 'token-7') =>
  fetch(`${coordinator.url}/api/v4/jobs/7/trace?debug_trace=false`, {
    method: 'PATCH',
    headers: { 'Job-Token': token, 'Content-Range': range },
    body,
  });

const put = (body: object) =>
  fetch(`${coordinator.url}/api/v4/jobs/7`, {
    method: 'PUT',
    headers: { 'Job-Token': 'token-7' },
    body: JSON.stringify(body),
  });

async function handedOut(): Promise<CoordinatedJob> {
  const job = coordinator.queue(payload);
  await request();
  return job;
}

describe('the coordinator', () => {
  it('hands out a queued job once, to its runner, without what is not on the wire', async () => {
    coordinator.queue(payload);
    expect((await request('other')).status).toBe(403);
    const given = await request();
    expect(given.status).toBe(201);
    expect({ ...((await given.json()) as object), inputs: {} }).toEqual(payload);
    expect((await request()).status).toBe(204);
  });

  it('puts the log together, and refuses what does not fit', async () => {
    const job = await handedOut();
    const first = await patch('0-4', 'hello');
    expect([first.status, first.headers.get('range'), first.headers.get('job-status')]).toEqual([
      202,
      '0-5',
      'running',
    ]);
    for (const range of ['0-4', '6-10', '5-8', 'x', '']) {
      const answer = await patch(range, 'hello');
      expect([answer.status, answer.headers.get('range')]).toEqual([416, '0-5']);
    }
    expect((await patch('5-5', 'x', 'other')).status).toBe(403);
    expect((await patch('5-5', '!')).status).toBe(202);
    expect(job.log.toString()).toBe('hello!');
  });

  it('keeps the last word about a job, once its log is whole', async () => {
    const job = await handedOut();
    expect((await put({ state: 'running' })).status).toBe(200);
    await patch('0-4', 'hello');
    const end = { state: 'failed', failure_reason: 'script_failure', exit_code: 42 };
    expect((await put({ ...end, output: { bytesize: 6 } })).status).toBe(412);
    await patch('0-4', 'hello');
    const checksum = `crc32:${crc32(Buffer.from('hello')).toString(16)}`;
    expect(checksum).toBe('crc32:3610a686');
    expect((await put({ ...end, output: { bytesize: 5, checksum } })).status).toBe(200);
    expect(await job.done).toEqual({
      state: 'failed',
      failureReason: 'script_failure',
      exitCode: 42,
      log: Buffer.from('hello'),
    });
  });

  it('tells the runner that somebody cancels', async () => {
    const job = await handedOut();
    job.cancel();
    expect((await patch('0-0', 'x')).headers.get('job-status')).toBe('canceling');
    job.forceCancel();
    expect((await put({ state: 'running' })).headers.get('job-status')).toBe('canceled');
    expect((await patch('1-1', 'y')).status).toBe(403);
    await put({ state: 'failed', failure_reason: 'unknown_failure', output: { bytesize: 2 } });
    expect(await job.done).toMatchObject({ state: 'canceled', log: Buffer.from('x') });
  });

  it.each(['success', 'failed'])(
    'keeps a job that somebody cancels as canceled when the runner reports %s',
    async (state) => {
      const job = await handedOut();
      job.cancel();
      await put({ state });
      expect((await job.done).state).toBe('canceled');
    },
  );
});

describe('artifacts of a job', () => {
  const artifacts = (init: RequestInit = {}, token = 'token-7') =>
    fetch(`${coordinator.url}/api/v4/jobs/7/artifacts?direct_download=true`, {
      headers: { 'Job-Token': token },
      ...init,
    });

  const upload = (name: string, content: Uint8Array<ArrayBuffer>) => {
    const body = new FormData();
    body.set(name, new File([content], 'dist.zip'));
    return artifacts({ method: 'POST', body });
  };

  it('come back byte for byte to whoever has its token', async () => {
    const job = await handedOut();
    expect((await artifacts()).status).toBe(404);
    const content = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    expect((await upload('file', content)).status).toBe(201);
    expect(job.artifacts?.filename).toBe('dist.zip');
    expect((await artifacts({}, 'other')).status).toBe(403);
    expect(new Uint8Array(await (await artifacts()).arrayBuffer())).toEqual(content);
  });

  it('are refused in another part of the form, and from a job that is over', async () => {
    await handedOut();
    expect((await upload('archive', new Uint8Array(1))).status).toBe(400);
    await put({ state: 'success' });
    expect((await upload('file', new Uint8Array(1))).status).toBe(403);
  });

  it('are refused with the status that a test wants', async () => {
    const refusing = await startCoordinator('glrt-test', { refuseUploads: 413 });
    onTestFinished(() => refusing.close());
    refusing.queue(payload);
    await fetch(`${refusing.url}/api/v4/jobs/request`, { method: 'POST', headers: { 'Runner-Token': 'glrt-test' } });
    const answer = await fetch(`${refusing.url}/api/v4/jobs/7/artifacts`, {
      method: 'POST',
      headers: { 'Job-Token': 'token-7' },
      body: new FormData(),
    });
    expect(answer.status).toBe(413);
  });
});
