import type { Output } from '../context.ts';

/** A job's output that knows whether its last line has ended. */
export interface WholeLines extends Output {
  /** Writes something of ours on a line of its own: a script need not have ended its last one. */
  writeBelow(text: string): Promise<void>;
}

const NEWLINE = 0x0a;

export function wholeLines(output: Output): WholeLines {
  let lineIsOpen = false;
  const write = (bytes: Uint8Array | string): Promise<void> => {
    if (bytes.length > 0) lineIsOpen = typeof bytes === 'string' ? !bytes.endsWith('\n') : bytes.at(-1) !== NEWLINE;
    return output.write(bytes);
  };
  return {
    write,
    writeBelow: (text) => write(lineIsOpen ? `\n${text}` : text),
    get closed() {
      return output.closed;
    },
  };
}
