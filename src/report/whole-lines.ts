import type { Output } from '../context.ts';

/** A job's output that knows whether its last line has ended. */
export interface WholeLines extends Output {
  /** Writes something of ours on a line of its own: a script need not have ended its last one. */
  writeBelow(text: string): Promise<void>;
  /** Writes whole lines of something else as soon as no line of the script is open. Resolves when they were taken. */
  writeBetween(text: string): Promise<void>;
  /** What still waits for the end of a line is written now, below it. */
  flush(): Promise<void>;
}

const NEWLINE = 0x0a;

export function wholeLines(output: Output): WholeLines {
  let lineIsOpen = false;
  let waiting: { readonly text: string; readonly taken: (writing: Promise<void>) => void }[] = [];
  const pass = (bytes: Uint8Array | string): Promise<void> => {
    if (bytes.length > 0) lineIsOpen = typeof bytes === 'string' ? !bytes.endsWith('\n') : bytes.at(-1) !== NEWLINE;
    return output.write(bytes);
  };
  const writeBelow = (text: string): Promise<void> => pass(lineIsOpen ? `\n${text}` : text);
  const flush = async (): Promise<void> => {
    const taken = waiting;
    waiting = [];
    if (taken.length === 0) return;
    const writing = writeBelow(taken.map(({ text }) => text).join(''));
    for (const each of taken) each.taken(writing);
    await writing;
  };
  return {
    // What waits comes behind the last line that ends here.
    write: async (bytes) => {
      const end = waiting.length === 0 ? 0 : lastLineEnd(bytes);
      if (end === 0) return pass(bytes);
      // Called one after the other, before anybody else can write.
      await Promise.all([pass(bytes.slice(0, end)), flush(), ...(end < bytes.length ? [pass(bytes.slice(end))] : [])]);
    },
    writeBelow,
    writeBetween: (text) =>
      lineIsOpen ? new Promise((resolve) => waiting.push({ text, taken: resolve })) : pass(text),
    flush,
    get closed() {
      return output.closed;
    },
  };
}

const lastLineEnd = (bytes: Uint8Array | string): number =>
  (typeof bytes === 'string' ? bytes.lastIndexOf('\n') : bytes.lastIndexOf(NEWLINE)) + 1;
