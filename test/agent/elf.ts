/** Bytes at which an ELF file names its machine, and the numbers of ours (elf.h: EM_X86_64, EM_AARCH64). */
const MACHINE = 18;
const MACHINES: Readonly<Record<number, string>> = { 62: 'amd64', 183: 'arm64' };
/** A program that needs a loader names it in a segment of this type (elf.h: PT_INTERP). */
const PT_INTERP = 3;

/** What kind of machine a program is for, by Go's name, and whether it can do without anything else there. */
export function elfOf(program: Buffer): { architecture: string | undefined; isStatic: boolean } {
  const [offset, size, count] = [
    Number(program.readBigUInt64LE(32)),
    program.readUInt16LE(54),
    program.readUInt16LE(56),
  ];
  const types = Array.from({ length: count }, (_, index) => program.readUInt32LE(offset + index * size));
  return { architecture: MACHINES[program.readUInt16LE(MACHINE)], isStatic: !types.includes(PT_INTERP) };
}
