import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/settings/duration.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { problemLine } from '../../src/settings/problems.ts';
import { MINIMAL } from '../support/settings.ts';

const problems = (text: string, profile?: string): string[] => {
  const result = parseSettings(text, profile);
  return 'problems' in result ? result.problems.map(problemLine) : [];
};

const settings = (text: string, profile?: string) => {
  const result = parseSettings(text, profile);
  if ('problems' in result) throw new Error(result.problems.map(problemLine).join('\n'));
  return result.settings;
};

describe('a settings file', () => {
  it('needs only what cannot be guessed, and fills in the rest', () => {
    const parsed = settings(MINIMAL);
    expect(parsed.vswitch).toEqual([{ id: 'vsw-h', zone: 'cn-beijing-h' }]);
    expect(parsed.spot).toEqual({
      strategy: 'SpotAsPriceGo',
      duration: 1,
      on_demand_fallback: false,
      avoid_after_reclaim: false,
    });
    expect(parsed.ports).toEqual({ helper: 22022, build: 22023 });
    expect([parsed.poll_interval, parsed.poll_timeout, parsed.cleanup_resources_timeout]).toEqual([3, 180, 300]);
  });

  it('reports every problem at once, with path, value and what is allowed', () => {
    const found = problems(`
      region = "Beijing!"
      manager_id = "ci"
      security_group = "sg-1"
      instance_types = ["ecs.c6.2xlarge", "huge"]
      agent_image = "agent:1"
      poll_interval = "soon"
      [ports]
      helper = 0
      [[vswitch]]
      id = "h"
    `);
    expect(found).toEqual([
      'region: "Beijing!" is not valid: allowed is a region id such as cn-beijing',
      'vswitch[0].id: "h" is not valid: allowed is the id of a vSwitch, such as vsw-2ze0…',
      'vswitch[0].zone: this setting is required',
      'instance_types[1]: "huge" is not valid: allowed is an ECS type such as ecs.c6.2xlarge or a size such as 8-16Gi',
      'ports.helper: 0 is not valid: allowed is a whole number from 1 to 65535',
      'poll_interval: "soon" is not valid: allowed is a number of seconds or a duration such as "90s", "5m", "1h30m" (0.1 to 60 s)',
    ]);
  });

  it('names the nearest known key for an unknown one, at every depth', () => {
    expect(problems(`vswich = 1\n${MINIMAL}\nzonen = "x"\n[spot]\nprice_limt = 0.5`)).toEqual([
      'vswitch[0].zonen: there is no such setting; did you mean "zone"?',
      'spot.price_limt: there is no such setting; did you mean "price_limit"?',
      'vswich: there is no such setting; did you mean "vswitch"?',
    ]);
  });

  it('asks for a price limit where the strategy needs one', () => {
    expect(problems(`${MINIMAL}\n[spot]\nstrategy = "SpotWithPriceLimit"`)).toEqual([
      'spot.price_limit: SpotWithPriceLimit needs a price_limit: a price per hour above 0 with at most 3 decimals',
    ]);
  });

  it('takes at most 10 vSwitches and 5 types', () => {
    const many = Array.from(
      { length: 11 },
      (_, index) => `[[vswitch]]\nid = "vsw-${index}"\nzone = "cn-beijing-h"`,
    ).join('\n');
    const types = JSON.stringify(Array.from({ length: 6 }, () => 'ecs.c6.large'));
    const [head = ''] = MINIMAL.split('[[vswitch]]');
    expect(problems(`${head.replace(/instance_types = .*/, `instance_types = ${types}`)}${many}`)).toEqual([
      expect.stringMatching(/^vswitch: .* allowed are 1 to 10 \[\[vswitch\]\] tables/),
      expect.stringMatching(/^instance_types: .* allowed are 1 to 5 types or sizes/),
    ]);
  });

  it('keeps tags and parameters of the driver out of reach', () => {
    const found = problems(
      `${MINIMAL}\n[tags]\nmanaged-by = "me"\n"acs:x" = "1"\n[parameters]\nRestartPolicy = "Always"\nRamRoleName = "r"\nCorePattern = "core"`,
    );
    expect(found).toEqual([
      expect.stringMatching(/^tags\.managed-by: allowed is any key but managed-by and gitlab-eci-/),
      expect.stringMatching(/^tags\.acs:x: allowed is a tag key/),
      'parameters.RestartPolicy: the driver sets this parameter itself',
      'parameters.RamRoleName: the driver sets this parameter itself: the setting is ram_role',
    ]);
  });

  it('says where the TOML itself is broken, without quoting the line', () => {
    expect(problems('region = \nsecret = "abc"')).toEqual([expect.stringMatching(/^line 1, column \d+: /)]);
    expect(problems('token = "s3cret').join()).not.toContain('s3cret');
  });

  it('takes patterns of images, pull policies and registries that are some', () => {
    const top = `allowed_images = ["ruby:*", "a["]
      docker_config = "config.json"
      insecure_registries = ["https://registry.example.com/"]
      pull_policy = ["always", "sometimes"]
      allowed_pull_policies = []`;
    expect(problems(`${top}\n${MINIMAL}\n[[acr_instance]]\nid = "my-registry"`)).toEqual([
      'docker_config: "config.json" is not valid: allowed is an absolute path without "..", or "none"',
      expect.stringMatching(/^insecure_registries\[0\]: .* allowed is the host of a registry with an optional port/),
      expect.stringMatching(/^acr_instance\[0\]\.id: .* allowed is the id of an instance of Container Registry/),
      expect.stringMatching(/^allowed_images\[1\]: "a\[" is not valid: allowed is a pattern such as/),
      expect.stringMatching(/^pull_policy: .* allowed is "always", "if-not-present" or "never", or a list of them/),
      expect.stringMatching(/^allowed_pull_policies: .* allowed is a list of at least one policy/),
    ]);
  });

  it('needs a pull policy for jobs that name none, among those that it allows', () => {
    const of = (top: string) => problems(`${top}\nallowed_pull_policies = ["always", "never"]\n${MINIMAL}`);
    expect(of('pull_policy = ["if-not-present", "never"]')).toEqual([]);
    expect(of('')).toEqual([expect.stringMatching(/^pull_policy: jobs that name no policy need one here/)]);
    expect(of('pull_policy = "if-not-present"')).toEqual([expect.stringMatching(/^pull_policy: /)]);
  });

  it('refuses builds_dir and cache_dir inside one another', () => {
    expect(problems(`builds_dir = "/w"\ncache_dir = "/w/cache"\n${MINIMAL}`)).toEqual([
      'cache_dir: "/w/cache" is not valid: builds_dir and cache_dir are two mounts, so neither may lie inside the other',
    ]);
  });
});

describe('a profile', () => {
  const withProfile = `${MINIMAL}\n[spot]\nprice_limit = 0.5\nstrategy = "SpotWithPriceLimit"\n[profiles.big]\ninstance_types = ["ecs.g6.4xlarge"]\n[profiles.big.spot]\nprice_limit = 2`;

  it('is laid over the file, tables key by key, lists as a whole', () => {
    const big = settings(withProfile, 'big');
    expect(big.instance_types).toEqual(['ecs.g6.4xlarge']);
    expect(big.spot).toMatchObject({ price_limit: 2, strategy: 'SpotWithPriceLimit' });
    expect(settings(withProfile).spot.price_limit).toBe(0.5);
  });

  it('is checked even when nobody uses it', () => {
    expect(problems(`${MINIMAL}\n[profiles.big]\nimages = 1`)).toEqual([
      'profiles.big.images: there is no such setting; did you mean "image"?',
    ]);
  });

  it('must exist when it is asked for', () => {
    expect(problems(withProfile, 'bog')).toEqual(['profiles.bog: there is no such profile; the file has: big']);
  });
});

describe('a duration', () => {
  it.each([
    [90, 90],
    ['90s', 90],
    ['5m', 300],
    ['1h30m', 5400],
    ['1.5s', 1.5],
  ])('%s is %d seconds', (written, seconds) => expect(parseDuration(written)).toBe(seconds));

  it.each(['', '5', '5 m', 'm', '-1s', -1, true])('%s is none', (written) =>
    expect(parseDuration(written)).toBeUndefined(),
  );

  it('that is shorter than what the driver keeps to is refused', () => {
    const of = (seconds: number) => problems(`reconnect_timeout = ${seconds}\n${MINIMAL}`);
    expect(of(30)).toEqual([]);
    expect(of(29)).toEqual([
      'reconnect_timeout: 29 is not valid: allowed is a number of seconds or a duration such as "90s", "5m", "1h30m" (30 to 3600 s)',
    ]);
  });

  it('never quotes what may be a secret, and nothing long', () => {
    const secret = 'hunter2-hunter2-hunter2-hunter2';
    const { problems } = parseSettings(
      `
imge = "${secret}"
region = "${secret}!"
manager_id = ["${secret}"]
[[services]]
name = "redis"
environment = ["hunter2"]
[[init_containers]]
name = "x"
image = "x"
env = { A = 2, "hunter2" = ["hunter2"] }
[[volumes.config_file]]
name = "x"
mount_path = "/x"
files = { a = 5, b = ["hunter2"] }
[parameters]
Cpu = "hunter2"
[profiles.big]
services = "hunter2"
[[profiles.big.services]]
`.replace('[[profiles.big.services]]\n', ''),
    ) as { problems: readonly { path: string; text: string }[] };
    expect(problems.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['imge', 'region', 'manager_id', 'services[0].environment[0]', 'profiles.big.services']),
    );
    expect(problems.map(({ text }) => text).join()).not.toContain('hunter2-hunter2');
    expect(problems.filter(({ text }) => text.includes('hunter2')).map(({ path }) => path)).toEqual(['region']);
  });

  it('compares no key with the known ones that is longer than any of them', () => {
    const key = 'x'.repeat(4_000_000);
    expect(parseSettings(`${key} = 1`)).toMatchObject({
      problems: expect.arrayContaining([{ path: key, text: 'there is no such setting' }]) as unknown,
    });
  });
});
