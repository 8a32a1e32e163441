import type { LogLine } from '../machine.ts';

/** Characters of a container's output that are kept at least, the last ones: as much as DescribeContainerLog gives. */
const KEPT = 1024 * 1024;

/** What a container's own process wrote, line by line, each with the time of its first character. */
export class OutputLog {
  private readonly now: () => number;
  private complete: LogLine[] = [];
  private size = 0;
  /** What each stream has begun. */
  private readonly begun = new Map<object, LogLine>();

  /** @param now milliseconds since the epoch. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** @param stream lines of different streams do not mix. */
  add(stream: object, chunk: string): void {
    const at = this.now();
    let begun = this.begun.get(stream);
    for (const part of chunk.split(/(?<=\n)/)) {
      begun = { at: begun?.at ?? at, text: ((begun?.text ?? '') + part).slice(-KEPT) };
      if (!part.endsWith('\n')) break;
      this.complete.push(begun);
      this.size += begun.text.length;
      begun = undefined;
    }
    if (begun) this.begun.set(stream, begun);
    else this.begun.delete(stream);
    if (this.size > 2 * KEPT) this.forget();
  }

  /** Complete lines in their order, then what is not complete. */
  lines(): readonly LogLine[] {
    return [...this.complete, ...this.begun.values()];
  }

  private forget(): void {
    let from = this.complete.length;
    for (this.size = 0; this.size < KEPT; this.size += this.complete[from]?.text.length ?? KEPT) from--;
    this.complete = this.complete.slice(from);
  }
}
