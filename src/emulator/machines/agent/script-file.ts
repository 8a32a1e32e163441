import { readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two looks at a shell that has not opened its script yet, the last one for good. */
const PAUSES = [1, 2, 5, 10, 20, 50, 100, 200];

/** A script on its way into a shell: it holds the job's secrets, so it goes as soon as the shell has it open. */
export class ScriptFile {
  readonly path: string;
  private readonly gone = new AbortController();

  private constructor(path: string) {
    this.path = path;
  }

  static async write(path: string, script: Buffer): Promise<ScriptFile> {
    await writeFile(path, script, { mode: 0o700 });
    return new ScriptFile(path);
  }

  async unlink(): Promise<void> {
    if (this.gone.signal.aborted) return;
    this.gone.abort();
    await rm(this.path, { force: true });
  }

  /** Looks where Linux shows the descriptors of a process; elsewhere the file stays until the script has ended. */
  async unlinkOnceOpenIn(pid: number): Promise<void> {
    for (let look = 0; !this.gone.signal.aborted; look++) {
      const open = await filesOf(pid);
      if (open === undefined) return;
      if (open.includes(this.path)) return this.unlink();
      const pause = PAUSES[Math.min(look, PAUSES.length - 1)];
      await sleep(pause, undefined, { signal: this.gone.signal }).catch(() => undefined);
    }
  }
}

/** @returns undefined when it cannot be told. */
async function filesOf(pid: number): Promise<string[] | undefined> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder).catch(() => undefined);
  return descriptors && Promise.all(descriptors.map((each) => readlink(join(folder, each)).catch(() => '')));
}
