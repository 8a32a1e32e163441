import { effectivePolicies, PullPlan } from '../registries/pull-policies.ts';
import type { Job } from '../runner/job.ts';
import type { Service } from '../services/service.ts';
import type { Settings } from '../settings/schema.ts';
import { INIT_CONTAINER } from './names.ts';

/** By which policies a group's images are pulled. @throws DriverError (user) for a policy of the job that is not allowed. */
export function pullPlan(
  { pullPolicies }: Pick<Job, 'pullPolicies'>,
  settings: Settings,
  services: readonly Pick<Service, 'container' | 'pullPolicies'>[] = [],
): PullPlan {
  const wanted: readonly (readonly [container: string, policies: readonly string[]])[] = [
    [INIT_CONTAINER, []],
    ...settings.init_containers.map(({ name }) => [name, []] as const),
    ...(settings.helper ? [['helper', []] as const] : []),
    ['build', pullPolicies],
    ...services.map((each) => [each.container, each.pullPolicies] as const),
  ];
  return new PullPlan(new Map(wanted.map(([name, policies]) => [name, effectivePolicies(name, policies, settings)])));
}
