import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where an ELF header names the machine that a program is for, and the numbers of two (gABI, e_machine). */
const MACHINE_OFFSET = 18;
const MACHINES = { x64: 62, arm64: 183 };

/** Makes busybox, which is every program of the image, one for the other of the two architectures. */
export async function makeForeign(rootfs: string): Promise<void> {
  const program = join(rootfs, 'bin/busybox');
  const bytes = await readFile(program);
  const isArm = bytes.readUInt16LE(MACHINE_OFFSET) === MACHINES.arm64;
  bytes.writeUInt16LE(isArm ? MACHINES.x64 : MACHINES.arm64, MACHINE_OFFSET);
  await writeFile(program, bytes);
}
