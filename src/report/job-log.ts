import type { Output } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { error, plain, warning } from './lines.ts';

/** Our own lines in the job log. All go to one stream, so that their order is kept. */
export interface JobLog {
  line(text: string): Promise<void>;
  warning(text: string): Promise<void>;
  failure(failed: DriverError): Promise<void>;
}

export const jobLog = (output: Output): JobLog => ({
  line: (text) => output.write(plain(text)),
  warning: (text) => output.write(warning(text)),
  failure: (failed) => output.write(failureText(failed)),
});

/** What happened, then what to do. */
export const failureText = (failed: DriverError): string =>
  error(failed.message) + (failed.hint === undefined ? '' : plain(failed.hint));
