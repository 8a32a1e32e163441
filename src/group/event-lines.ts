import type { GroupEvent } from '../eci/container-groups.ts';

/** The line at the end of a start says whether there was an image cache. */
const TOLD_ELSEWHERE = new Set(['ImageCacheMissed']);

/** The longest reasons that are common. */
const REASON_WIDTH = 'ImageCacheMissed'.length;

/** Events of a group as lines of the job log, each once, however often it is seen. */
export class EventLines {
  private readonly all: boolean;
  private readonly told = new Set<string>();

  /** @param all every event, in columns (runner: FF_PRINT_POD_EVENTS); otherwise warnings only. */
  constructor(all: boolean) {
    this.all = all;
  }

  /** @param said the sentence of a failure: warnings that stand in it need no line of their own. */
  next(events: readonly GroupEvent[], said = ''): readonly string[] {
    const isFirst = this.told.size === 0;
    const lines = events.filter((event) => this.isNew(event, said)).map((event) => this.line(event));
    return this.all && isFirst && lines.length > 0 ? [columns('Type', 'Reason', 'Message'), ...lines] : lines;
  }

  private isNew({ type, reason, message }: GroupEvent, said: string): boolean {
    const key = `${reason} ${message}`;
    const isWanted = this.all || (type === 'Warning' && !TOLD_ELSEWHERE.has(reason) && !said.includes(message));
    if (!isWanted || this.told.has(key)) return false;
    this.told.add(key);
    return true;
  }

  private line({ type, reason, message }: GroupEvent): string {
    return this.all ? columns(type, reason, message) : `  ${reason}: ${message}`;
  }
}

const columns = (type: string, reason: string, message: string): string =>
  `  ${type.padEnd('Warning'.length)}  ${reason.padEnd(REASON_WIDTH)}  ${message}`;
