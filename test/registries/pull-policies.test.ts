import { describe, expect, it } from 'vitest';
import { pullPlan } from '../../src/group/pull-plan.ts';
import { checkAllowed } from '../../src/registries/allowed-images.ts';
import { defaultPullPolicy, effectivePolicies } from '../../src/registries/pull-policies.ts';
import { settingsOf } from '../support/settings.ts';

describe('the pull policy of an image that nobody names one for', () => {
  it.each([
    ['a', 'Always'],
    ['a:latest', 'Always'],
    ['h:5000/a', 'Always'],
    ['h:5000/a:1', 'IfNotPresent'],
    ['a@sha256:0', 'IfNotPresent'],
  ])('%s is %s', (image, policy) => expect(defaultPullPolicy(image)).toBe(policy));
});

describe('the pull policies of a container', () => {
  const of = (wanted: readonly string[], top: string) => effectivePolicies('build', wanted, settingsOf(top));

  it("are the settings', one or several", () => {
    expect(of([], 'pull_policy = "always"')).toEqual(['Always']);
    expect(of([], 'pull_policy = ["always", "if-not-present"]')).toEqual(['Always', 'IfNotPresent']);
    expect(of([], '')).toEqual([]);
  });

  it("are the job's, as far as they are allowed", () => {
    const allowed = 'pull_policy = "always"\nallowed_pull_policies = ["always", "if-not-present"]';
    expect(of(['if-not-present', 'never', 'always'], allowed)).toEqual(['IfNotPresent', 'Always']);
    expect(of(['always', 'always'], allowed)).toEqual(['Always', 'Always']);
  });

  it.each([
    ['pull_policy = ["always", "if-not-present"]', 'Always IfNotPresent'],
    ['', ''],
  ])('are refused in the words of the runner when none of the job is allowed: %s', (top, allowed) => {
    expect(() => of(['never'], top)).toThrow(
      expect.objectContaining({
        fault: 'user',
        message: `invalid pull policy for container "build": pull_policy ([Never]) defined in GitLab pipeline config is not one of the allowed_pull_policies ([${allowed}])`,
      }),
    );
  });

  it('are refused when they are none', () => {
    expect(() => of(['toString'], 'pull_policy = "always"')).toThrow(/unsupported pull policy: "toString"/);
  });
});

describe('a plan of pulls', () => {
  const settings = settingsOf('pull_policy = "always"\nallowed_pull_policies = ["always", "never"]');
  const failure = { container: 'build', image: 'a:1', text: 'i/o timeout', mayPass: true };

  it("counts a job's policies for the job's image alone", () => {
    expect(pullPlan({ pullPolicies: ['never'] }, settings).lines()).toEqual([
      'Using effective pull policy of [Always] for container agent',
      'Using effective pull policy of [Always] for container helper',
      'Using effective pull policy of [Never] for container build',
    ]);
    expect(pullPlan({ pullPolicies: [] }, settingsOf()).lines()).toEqual([]);
  });

  it('goes from one policy to the next, each container by itself, and says so as the runner does', () => {
    const plan = pullPlan({ pullPolicies: ['always', 'never'] }, settings);
    expect(plan.policyOf('build', 'a:1')).toBe('Always');
    expect(plan.canGoOn(failure)).toBe(true);
    expect(plan.goOn(failure, 1)).toEqual({
      failed: 'Failed to pull image "a:1" for container "build" with policy "Always": i/o timeout',
      next: 'Attempt #2: Trying "Never" pull policy for "a:1" image for container "build"',
    });
    expect(plan.policyOf('build', 'a:1')).toBe('Never');
    expect(plan.policyOf('helper', 'h:1')).toBe('Always');
    expect(plan.canGoOn(failure)).toBe(false);
  });

  it('does not go on where the registry has said no', () => {
    const plan = pullPlan({ pullPolicies: ['always', 'never'] }, settings);
    expect(plan.canGoOn({ ...failure, mayPass: false })).toBe(false);
  });
});

describe('the images that are allowed', () => {
  const check =
    (image: string, top: string, kind: 'images' | 'services' = 'images') =>
    () =>
      checkAllowed(image, kind, settingsOf(top), 'helper:1');

  it('are all, until there is a list', () => {
    expect(check('node:22', '')).not.toThrow();
    expect(check('node:22', 'allowed_services = ["redis:*"]')).not.toThrow();
  });

  it("are those that fit, and the settings' own", () => {
    const top = 'image = "base:1"\nallowed_images = ["node:*", "registry.example.com/**"]';
    for (const image of ['node:22', 'registry.example.com/a/b:1', 'base:1', 'helper:1'])
      expect(check(image, top)).not.toThrow();
    expect(check('docker.io/node:22', top)).toThrow(
      expect.objectContaining({
        fault: 'user',
        message: 'The "docker.io/node:22" image is not present on list of allowed images.',
        details: '- node:*\n- registry.example.com/**',
      }),
    );
  });

  it('of services have a list of their own', () => {
    const top = 'allowed_services = ["redis:*"]';
    expect(check('redis:8', top, 'services')).not.toThrow();
    expect(check('postgres:17', top, 'services')).toThrow(/is not present on list of allowed services/);
  });
});
