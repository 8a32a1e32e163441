import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readTar, writeTar } from '../../src/agent-image/tar.ts';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tar-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const ENTRIES = [
  { path: 'bin/', mode: 0o755, content: new Uint8Array() },
  { path: 'bin/program', mode: 0o555, content: Buffer.from('#!/bin/sh\n'.repeat(100)) },
  { path: 'empty', mode: 0o444, content: new Uint8Array() },
];

/** What the machine's tar says about an archive, without the columns that depend on its language. */
const listed = (archive: Buffer): string[] =>
  execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--utc', '--file', '-'], { input: archive })
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.replace(/ +/g, ' '));

describe('a tar archive of ours', () => {
  it("is read by the machine's tar, with modes, root as owner and the first second of 1970", () => {
    expect(listed(writeTar(ENTRIES))).toEqual([
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/',
      '-r-xr-xr-x 0/0 1000 1970-01-01 00:00 bin/program',
      '-r--r--r-- 0/0 0 1970-01-01 00:00 empty',
    ]);
  });

  it('has no place for a path of more than 100 characters, and says so', () => {
    const path = 'x'.repeat(101);
    expect(() => writeTar([{ path, mode: 0o444, content: new Uint8Array() }])).toThrow(/does not fit/);
  });
});

/** The first header with another size, and the checksum that goes with it. */
function withSize(archive: Buffer, size: string): Buffer {
  const changed = Buffer.from(archive);
  changed.write(`${size}\0`, 124, 'latin1');
  changed.fill(' ', 148, 156);
  const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  changed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return changed;
}

describe('reading a tar archive', () => {
  it.each(['ustar', 'gnu', 'pax', 'v7'])('finds the files of one by another program, in the format %s', (format) => {
    const folder = newFolder();
    mkdirSync(join(folder, 'blobs'));
    const content = Buffer.from([...Array(1025).keys()]);
    writeFileSync(join(folder, 'blobs', 'a'), content);
    writeFileSync(join(folder, 'empty'), '');
    const archive = join(folder, 'archive.tar');
    execFileSync('tar', [`--format=${format}`, '--create', `--file=${archive}`, '-C', folder, './blobs', 'empty']);
    const files = readTar(readFileSync(archive));
    expect([...files.keys()].sort()).toEqual(['blobs/a', 'empty']);
    expect(files.get('blobs/a')).toEqual(content);
    expect(files.get('empty')).toEqual(Buffer.alloc(0));
  });

  it('puts the prefix of a long path in front of it', () => {
    const folder = newFolder();
    const deep = join('a'.repeat(60), 'b'.repeat(60));
    mkdirSync(join(folder, 'a'.repeat(60)));
    writeFileSync(join(folder, deep), 'x');
    const archive = execFileSync('tar', ['--format=ustar', '--create', '--file=-', '-C', folder, deep]);
    expect([...readTar(archive).keys()]).toEqual([deep]);
  });

  it('gives back what was written', () => {
    expect([...readTar(writeTar(ENTRIES))].map(([path, content]) => [path, content.toString()])).toEqual([
      ['bin/program', '#!/bin/sh\n'.repeat(100)],
      ['empty', ''],
    ]);
  });

  it.each([
    ['cut within a file', (whole: Buffer) => whole.subarray(0, 1200), /ends too early/],
    ['cut after a file', (whole: Buffer) => whole.subarray(0, 512), /ends too early/],
    ['nothing', () => Buffer.alloc(0), /ends too early/],
    ['something else', () => Buffer.alloc(2048, 'x'), /not a tar/],
    ['of a negative size', (whole: Buffer) => withSize(whole, '-0000001000'), /not a tar/],
    ['damaged in a header', (whole: Buffer) => Buffer.concat([Buffer.from('X'), whole.subarray(1)]), /not a tar/],
  ])('refuses one that is %s', (_, damaged, message) => {
    expect(() => readTar(damaged(writeTar(ENTRIES)))).toThrow(message);
  });
});
