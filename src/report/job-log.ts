import type { Clock, Output } from '../context.ts';
import type { DriverError } from '../driver-error.ts';
import { error, plain, remedy, sectionEnd, sectionStart, warning } from './lines.ts';

/** Our own lines in the job log. All go to one stream, so that their order is kept. */
export interface JobLog {
  line(text: string): Promise<void>;
  warning(text: string): Promise<void>;
  /** Runs a part of the work below a title, as a section that people can fold. It ends however the part ends. */
  section<T>(name: string, title: string, part: () => Promise<T>): Promise<T>;
}

/** @param sections whether the job's GitLab shows sections (`features.trace_sections`); otherwise titles are lines. */
export function jobLog(output: Output, clock: Clock, sections: boolean): JobLog {
  return {
    line: (text) => output.write(plain(text)),
    warning: (text) => output.write(warning(text)),
    section: async (name, title, part) => {
      // Open from the start: what happens there is what people wait for.
      await output.write((sections ? sectionStart(name, clock.now()) : '') + plain(title));
      try {
        return await part();
      } finally {
        if (sections) await output.write(sectionEnd(name, clock.now()));
      }
    },
  };
}

/** What happened, what to do, and then what there is to know beside it. */
export const failureText = ({ message, hint, details }: DriverError): string =>
  [
    error(message),
    ...(hint === undefined ? [] : [remedy(hint)]),
    ...(details === undefined ? [] : [plain(details)]),
  ].join('');
