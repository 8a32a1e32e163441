import * as z from 'zod/mini';
import { isGlob } from '../../registries/glob.ts';
import { matching } from './rules.ts';

/** Where images come from: logins, addresses, what is allowed, and when they are pulled. */

const registryHost = matching(
  /^[\w-]+(\.[\w-]+)*(:\d{1,5})?$/,
  'the host of a registry with an optional port, without scheme and path',
);

const role = matching(/^acs:ram::\d+:role\/[A-Za-z0-9._-]+$/, 'the name of a role, acs:ram::ACCOUNT:role/ROLE');

/** An instance of Container Registry Enterprise Edition (ECI: AcrRegistryInfo). */
const AcrInstance = z.strictObject({
  id: matching(/^cri-[a-z0-9]+$/, 'the id of an instance of Container Registry, cri-…'),
  region: z.optional(matching(/^[a-z]{2}-[a-z0-9-]+$/, 'a region id such as cn-beijing')),
  domains: z.optional(z.array(registryHost)),
  arn_service: z.optional(role),
  arn_user: z.optional(role),
});

const globs = z.array(
  z
    .string()
    .check(
      z.refine(isGlob, 'allowed is a pattern such as "registry.example.com/group/*" or "ruby:*", as in the runner'),
    ),
);

/** The runner's words (runner: `common/config.go`, DockerPullPolicy). */
const pullPolicy = z.enum(['always', 'if-not-present', 'never']);
const pullPolicyList = z.array(pullPolicy).check(z.minLength(1, 'allowed is a list of at least one policy'));

export const registries = {
  docker_config: z.optional(matching(/^(none|\/(?!.*\.\.).*)$/, 'an absolute path without "..", or "none"')),
  vpc_registries: z._default(z.boolean(), false),
  plain_http_registries: z._default(z.array(registryHost), []),
  insecure_registries: z._default(z.array(registryHost), []),
  acr_instance: z._default(
    z.array(AcrInstance).check(z.maxLength(20, 'allowed are at most 20 [[acr_instance]] tables')),
    [],
  ),
  allowed_images: z._default(globs, []),
  allowed_services: z._default(globs, []),
  pull_policy: z.optional(
    z.union([pullPolicy, pullPolicyList], {
      error: 'allowed is "always", "if-not-present" or "never", or a list of them',
    }),
  ),
  allowed_pull_policies: z.optional(pullPolicyList),
};

interface PullPolicies {
  readonly pull_policy?: z.infer<typeof registries.pull_policy>;
  readonly allowed_pull_policies?: z.infer<typeof registries.allowed_pull_policies>;
}

/** In the runner, jobs that name no policy fail otherwise. */
export const pullPoliciesFitTogether = z.refine<PullPolicies>(
  ({ pull_policy = [], allowed_pull_policies }) =>
    allowed_pull_policies === undefined || [pull_policy].flat().some((each) => allowed_pull_policies.includes(each)),
  {
    path: ['pull_policy'],
    error: 'jobs that name no policy need one here that is among allowed_pull_policies',
  },
);
