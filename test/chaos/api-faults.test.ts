import { expect, it } from 'vitest';
import { startCloud } from '../emulator/cloud-under-test.ts';
import { API } from './faults/api.ts';
import type { Scene } from './row.ts';

/** It decides for DescribeContainerGroups. */
const DRAW = 0.5;

it.each(API)('$fault has taken hold once a call has met it, and not before', async ({ inject, tookHold }) => {
  const { emulator, call } = await startCloud();
  const scene = { emulator, calls: () => emulator.requests() } as Partial<Scene> as Scene;
  const answered = async (action: string): Promise<void> => {
    const before = emulator.requests().length;
    // How it ends is the fault's affair: one of them never ends.
    void call(action, {}).catch(() => undefined);
    await expect.poll(() => emulator.requests().length, { timeout: 20_000 }).toBe(before + 1);
  };
  await inject?.(scene, DRAW);
  await answered('DescribeContainerGroupPrice');
  expect(tookHold?.(scene, DRAW)).toBe(false);
  await answered('DescribeContainerGroups');
  expect(tookHold?.(scene, DRAW)).toBe(true);
});

it.each(API.filter(({ fault }) => fault !== 'API: slow'))(
  '$fault has not taken hold by a call that was answered as ever',
  async ({ tookHold }) => {
    const { emulator, call } = await startCloud();
    await call('DescribeContainerGroups', {});
    expect(tookHold?.({ calls: () => emulator.requests() } as Partial<Scene> as Scene, DRAW)).toBe(false);
  },
);
