import type { DriverLog } from '../../src/report/driver-log.ts';
import type { JobLog } from '../../src/report/job-log.ts';

/** A job log that hands each line to a test. A section's title is a line. */
export function jobLogOf(each: (text: string) => void): JobLog {
  const line = (text: string): Promise<void> => Promise.resolve(each(text));
  return {
    line,
    warning: line,
    section: async (_name, title, part) => {
      await line(title);
      return part();
    },
  };
}

/** What a part of the driver has to tell the operator, as `level message`. */
export function decisionsTo(entries: string[]): DriverLog {
  return {
    write: (level, message) => {
      entries.push(`${level} ${message}`);
      return Promise.resolve(true);
    },
  };
}
