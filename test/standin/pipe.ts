import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One pipe between a driver and the runner. */
export interface Pipe {
  /** The descriptor for the child; to be closed here once the child has it. */
  readonly writeEnd: number;
  readonly reader: Socket;
}

/**
 * The kernel's pipes. Node would connect its children with sockets, which take more bytes before a writer has to wait and cannot be opened
 * through `/dev/stdout`; the runner uses pipes.
 */
export function openPipes(): { stdout: Pipe; stderr: Pipe } {
  const folder = mkdtempSync(join(tmpdir(), 'standin-pipes-'));
  try {
    const [stdout, stderr] = [join(folder, 'stdout'), join(folder, 'stderr')];
    execFileSync('mkfifo', [stdout, stderr]);
    return { stdout: openPipe(stdout), stderr: openPipe(stderr) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function closeWriteEnds(pipes: { stdout: Pipe; stderr: Pipe }): void {
  closeSync(pipes.stdout.writeEnd);
  closeSync(pipes.stderr.writeEnd);
}

function openPipe(path: string): Pipe {
  // Without O_NONBLOCK the first opener would wait for the second one.
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY);
  return { writeEnd, reader: new Socket({ fd: readEnd, readable: true, writable: false }) };
}
