import { type Case, job, SCRIPT, SUCCESS } from './case.ts';

/** How scripts write. */
export const OUTPUT: readonly Case[] = [
  {
    // Longer than the runner's interval, and than the 20 s after which the driver first asks the cloud about the group.
    name: 'a silent job',
    job: job(['sleep 22', 'echo the e""nd']),
    expected: SUCCESS,
    stages: SCRIPT,
    log: [/^the end$/m],
  },
  {
    name: 'a progress bar, and no newline at the end',
    job: job(["for i in 1 2 3 4; do printf '\\r[%-4s] %s5%%' \"$(printf '#%.0s' $(seq $i))\" $i; sleep 0.4; done"]),
    expected: SUCCESS,
    stages: SCRIPT,
    log: [/\r\[# {3}\] 15%\r\[## {2}\] 25%\r\[### \] 35%\r\[####\] 45%/],
  },
];
