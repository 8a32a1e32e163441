import type { ReportedResult } from './coordinated-job.ts';

/**
 * Whether GitLab takes a failed job for one that may fail. What counts is the exit code that came with the failure; one without a code is
 * never allowed (GitLab: `lib/gitlab/ci/build/status/reason.rb`).
 * @param exitCodes `allow_failure:exit_codes` of the job.
 */
export function isAllowedToFail(
  exitCodes: number | readonly number[],
  { state, exitCode }: { readonly state: ReportedResult['state'] | 'running'; readonly exitCode: number | undefined },
): boolean {
  return state === 'failed' && exitCode !== undefined && [exitCodes].flat().includes(exitCode);
}
