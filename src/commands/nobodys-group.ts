import type { Context } from '../context.ts';
import type { GroupFacts } from '../group/create-request.ts';
import { groupTimeLimits } from '../group/time-limits.ts';
import type { Job } from '../runner/job.ts';
import { readCaller } from '../state/caller.ts';
import type { JobPlan } from './job-plan.ts';

/** In place of an attempt's and a host's id: nobody's files are touched, and nobody's state folder is made for the first job. */
const NOBODY = '0000000000000000';

/** What a create call of a planned job is made of when no attempt is made: all but the place and what each attempt makes anew. */
export async function nobodysGroup(
  job: Job,
  plan: JobPlan,
  { clock, callerPid }: Pick<Context, 'clock' | 'callerPid'>,
): Promise<Omit<GroupFacts, 'choice' | 'tryNumber' | 'keys' | 'adjustments'>> {
  return {
    ...plan,
    job,
    identity: { manager: plan.settings.manager_id, host: NOBODY, caller: await readCaller(callerPid) },
    attempt: NOBODY,
    limits: groupTimeLimits(job.timeoutSeconds, 0, plan.settings, new Date(clock.now())),
    pullPolicyOf: plan.pulls.policyOf.bind(plan.pulls),
  };
}
