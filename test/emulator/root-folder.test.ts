import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { parseScenario } from '../../src/emulator/scenario.ts';
import { FakeMachines } from './fake-machines.ts';

const SCENARIO = '[[vswitch]]\nid = "vsw-h"\nzone = "cn-beijing-h"\n';
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
const start = (root?: string, listen?: string) =>
  startEmulator({
    scenario: parseScenario(SCENARIO),
    machines: new FakeMachines(),
    ...(root === undefined ? {} : { root }),
    ...(listen === undefined ? {} : { listen }),
  });

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'root-folder-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe("the emulator's root folder", () => {
  it('is a fresh one that goes away with the emulator', async () => {
    const emulator = await start();
    expect(await exists(emulator.root)).toBe(true);
    await mkdir(join(emulator.root, 'left', 'behind'), { recursive: true });
    await emulator.stop();
    expect(await exists(emulator.root)).toBe(false);
  });

  it('that was named is made, and goes away if it is empty', async () => {
    const root = join(await folder(), 'made');
    const emulator = await start(root);
    await mkdir(join(root, 'groups'));
    expect(emulator.root).toBe(root);
    await emulator.stop();
    expect(await exists(root)).toBe(false);
  });

  it('that was there already stays, with what somebody else put there', async () => {
    const root = await folder();
    const emulator = await start(root);
    await writeFile(join(root, 'mine'), '');
    await emulator.stop();
    expect(await readdir(root)).toEqual(['mine']);
    await rm(join(root, 'mine'));
    await (await start(root)).stop();
    expect(await exists(root)).toBe(true);
  });

  it('is not left behind when the port is taken', async () => {
    const first = await start();
    onTestFinished(() => first.stop());
    const root = join(await folder(), 'made');
    await expect(start(root, first.endpoint)).rejects.toThrow('EADDRINUSE');
    expect(await exists(root)).toBe(false);
  });

  it('is not made for an address that is not loopback', async () => {
    const root = join(await folder(), 'made');
    await expect(start(root, '0.0.0.0:0')).rejects.toThrow('loopback only');
    expect(await exists(root)).toBe(false);
  });
});
