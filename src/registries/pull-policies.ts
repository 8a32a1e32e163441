import { DriverError } from '../driver-error.ts';
import type { Settings } from '../settings/schema.ts';

/** ECI's words for it (Container.N.ImagePullPolicy); they are Kubernetes' own. */
type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';

/** By GitLab's words. */
const POLICIES: ReadonlyMap<string, PullPolicy> = new Map([
  ['always', 'Always'],
  ['if-not-present', 'IfNotPresent'],
  ['never', 'Never'],
]);

/** Kubernetes' default: a tag that moves is pulled again, every other one is taken where it lies. */
export function defaultPullPolicy(image: string): PullPolicy {
  const lastPart = image.slice(image.lastIndexOf('/') + 1);
  if (lastPart.includes('@')) return 'IfNotPresent';
  return !lastPart.includes(':') || lastPart.endsWith(':latest') ? 'Always' : 'IfNotPresent';
}

/**
 * What a container's image is pulled by, one policy after the other: the job's own, else the settings', as far as the settings allow them
 * (runner: `helpers/pull_policies`).
 * Without `allowed_pull_policies` those of the settings are allowed, so none where they name none, as in the runner.
 * @param wanted in the job's words; none for the operator's own containers: the runner lets a job's policies count for its helper, too, but
 * then a job could keep the helper from starting.
 * @returns an empty list where nobody names a policy. @throws DriverError (user) for a policy that is not allowed, or not known.
 */
export function effectivePolicies(
  container: string,
  wanted: readonly string[],
  { pull_policy = [], allowed_pull_policies }: Settings,
): readonly PullPolicy[] {
  const configured = [pull_policy].flat();
  const allowed = (allowed_pull_policies ?? configured).flatMap((each) => POLICIES.get(each) ?? []);
  const named = wanted.length > 0 ? wanted : configured;
  if (named.length === 0) return [];
  const policies = named.map((each) => POLICIES.get(each) ?? refuse(container, `unsupported pull policy: "${each}"`));
  const effective = policies.filter((each) => allowed.includes(each));
  if (effective.length > 0) return effective;
  return refuse(
    container,
    `pull_policy ([${policies.join(' ')}]) defined in GitLab pipeline config is not one of the allowed_pull_policies ([${allowed.join(' ')}])`,
  );
}

function refuse(container: string, why: string): never {
  throw new DriverError('user', `invalid pull policy for container "${container}": ${why}`, {
    hint: 'Leave pull_policy away, or ask the operator: allowed_pull_policies in the settings of gitlab-eci-executor.',
  });
}

/** An image that does not come. */
export interface FailedPull {
  readonly container: string;
  readonly image: string;
  /** The registry's words, or ECI's. */
  readonly text: string;
  /** Whether the same pull may succeed later, or by another policy. */
  readonly mayPass: boolean;
}

/** Which policy each container's image is pulled by now. Each has its own list, and goes on in it with each failure (runner: `pull.Manager`). */
export class PullPlan {
  private readonly policies: ReadonlyMap<string, readonly PullPolicy[]>;
  private readonly failures = new Map<string, number>();

  /** @param policies by container; an empty list is Kubernetes' default. */
  constructor(policies: ReadonlyMap<string, readonly PullPolicy[]>) {
    this.policies = policies;
  }

  policyOf(container: string, image: string): PullPolicy {
    return this.policies.get(container)?.[this.failuresOf(container)] ?? defaultPullPolicy(image);
  }

  /** Whether another policy is left that the pull can be tried by. */
  canGoOn({ container, mayPass }: FailedPull): boolean {
    return mayPass && this.failuresOf(container) + 1 < (this.policies.get(container)?.length ?? 0);
  }

  /** For the job log, in the runner's words: what was named for which container. */
  lines(): readonly string[] {
    return [...this.policies]
      .filter(([, policies]) => policies.length > 0)
      .map(([name, policies]) => `Using effective pull policy of [${policies.join(' ')}] for container ${name}`);
  }

  /** The container's next policy counts from now on. @returns the failure and what is tried next, in the runner's words. */
  goOn({ container, image, text }: FailedPull, attempt: number): { readonly failed: string; readonly next: string } {
    const failed = `Failed to pull image "${image}" for container "${container}" with policy "${this.policyOf(container, image)}": ${text}`;
    this.failures.set(container, this.failuresOf(container) + 1);
    const policy = this.policyOf(container, image);
    return {
      failed,
      next: `Attempt #${attempt + 1}: Trying "${policy}" pull policy for "${image}" image for container "${container}"`,
    };
  }

  private failuresOf(container: string): number {
    return this.failures.get(container) ?? 0;
  }
}
