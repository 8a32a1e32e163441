import { DescribeContainerLogRequest } from '@alicloud/eci20180808';
import { describe, expect, it } from 'vitest';
import type { LogLine } from '../../src/emulator/machine.ts';
import { startCloud, type Wire } from './cloud-under-test.ts';
import { FakeMachines } from './fake-machines.ts';

/** A minute after another, the last one just now. */
const lines = (now: number, ...texts: readonly string[]): LogLine[] =>
  texts.map((text, index) => ({ at: now - (texts.length - 1 - index) * 60_000, text }));

/** @param write what the service `db` has written, given the cloud's time when it started; `last`: before its last restart. */
async function withLog(write: (startedAt: number, which: 'this' | 'last') => readonly LogLine[]) {
  let startedAt = 0;
  const machines = new FakeMachines({ log: (name, which) => (name === 'db' ? write(startedAt, which) : []) });
  const cloud = await startCloud({ machines });
  const ContainerGroupId = await cloud.create({
    Container: [
      { Name: 'build', Image: 'a:1' },
      { Name: 'db', Image: 'postgres:18', EnvironmentVar: [{ Key: 'ECI_CONTAINER_TYPE', Value: 'sidecar' }] },
    ],
  });
  await cloud.reaches(ContainerGroupId, 'Running');
  startedAt = cloud.emulator.now();
  const asked = { ContainerGroupId, ContainerName: 'db' };
  return {
    ...cloud,
    asked,
    startedAt,
    log: async (more: Wire = {}) => (await cloud.call('DescribeContainerLog', { ...asked, ...more })).Content,
  };
}

describe('DescribeContainerLog', () => {
  it("shows any container's output", async () => {
    const { log, client, asked } = await withLog((now) => lines(now, 'starting\n', 'ready'));
    expect(await log()).toBe('starting\nready');
    expect(await log({ ContainerName: 'build' })).toBe('');
    const request = new DescribeContainerLogRequest({
      regionId: 'cn-beijing',
      containerGroupId: asked.ContainerGroupId,
      containerName: 'db',
      tail: 1,
    });
    expect((await client.describeContainerLog(request)).body).toMatchObject({ containerName: 'db', content: 'ready' });
  });

  it('shows 500 lines, or as many as are asked for', async () => {
    const { log } = await withLog((now) => Array.from({ length: 3000 }, (_, i) => ({ at: now, text: `${i + 1}\n` })));
    expect((await log()) as string).toMatch(/^2501\n2502\n[^]*\n3000\n$/);
    expect(await log({ Tail: 2 })).toBe('2999\n3000\n');
    expect((await log({ Tail: 2000 })) as string).toMatch(/^1001\n/);
  });

  it('shows lines since a time, or of the last seconds of the cloud', async () => {
    const { log, startedAt, emulator } = await withLog((now) => lines(now, 'one\n', 'two\n', 'three\n'));
    expect(await log({ StartTime: new Date(startedAt - 90_000).toISOString() })).toBe('two\nthree\n');
    expect(await log({ SinceSeconds: 10 })).toBe('three\n');
    await emulator.advance(60);
    expect(await log({ SinceSeconds: 10 })).toBe('');
    expect(await log({ SinceSeconds: 130, Tail: 1 })).toBe('three\n');
  });

  it('says when each line came', async () => {
    const { log } = await withLog(() => [{ at: Date.UTC(2026, 0, 2, 3, 4, 5, 67), text: 'ready\n' }]);
    expect(await log({ Timestamps: true })).toBe('2026-01-02T03:04:05.067000000Z ready\n');
  });

  it('ends after as many bytes as are asked for', async () => {
    const { log } = await withLog((now) => lines(now, 'äöü\n', 'two\n'));
    expect(await log({ LimitBytes: 4 })).toBe('äö');
    expect(await log({ LimitBytes: 3, Tail: 1 })).toBe('two');
  });

  it('shows the output before the last restart', async () => {
    const { log } = await withLog((now, which) => lines(now, `${which} start\n`));
    expect(await log()).toBe('this start\n');
    expect(await log({ LastTime: true })).toBe('last start\n');
  });

  it.each([
    ['Tail', 2001],
    ['LimitBytes', 0],
    ['LimitBytes', 1_048_577],
    ['SinceSeconds', -1],
    ['StartTime', 'yesterday'],
  ])('refuses %s of %s', async (name, value) => {
    const { refused, asked } = await withLog(() => []);
    expect((await refused('DescribeContainerLog', { ...asked, [name]: value })).code).toBe(`InvalidParameter.${name}`);
  });
});
