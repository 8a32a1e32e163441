import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/settings/parse.ts';
import { ofKubernetes } from '../../src/settings/kubernetes-names.ts';
import { problemLine } from '../../src/settings/problems.ts';
import { SettingsSchema } from '../../src/settings/schema.ts';
import { isKept } from '../../src/settings/sections/volume-checks.ts';
import { settingsKeys } from '../docs/settings-keys.ts';
import { ALL_OF_THE_POD, REST_OF_THE_POD } from '../support/pod-settings.ts';
import { MINIMAL, settingsOf } from '../support/settings.ts';

/** Every problem of settings with these lines in front of the smallest ones, and these tables behind. */
const problems = (top: string, tables = ''): string[] => {
  const result = parseSettings(`${top}\n${MINIMAL}\n${tables}`);
  return 'problems' in result ? result.problems.map(problemLine) : [];
};

const nfs = (more: string, name = 'nas'): string =>
  `[[volumes.nfs]]\nname = "${name}"\nserver = "nas.example.com"\n${more}\n`;

it('settings that say something of everything are valid', () => {
  expect(problems(REST_OF_THE_POD, ALL_OF_THE_POD)).toEqual([]);
});

describe('files at a path', () => {
  const kept = (tables: string) => isKept('/cache', settingsOf('', tables).volumes);
  const disk = (more: string) => `[[volumes.disk]]\nname = "d"\nmount_path = "/cache"\n${more}`;

  it('outlive their group on file servers and on disks that exist, and not on one that is made for it', () => {
    expect(kept('[[volumes.nfs]]\nname = "n"\nserver = "nas.example.com"\npath = "/"\nmount_path = "/cache"')).toBe(
      true,
    );
    expect(kept(disk('volume_id = "d-1"'))).toBe(true);
    expect(kept(disk('size = 20'))).toBe(false);
    expect(kept('')).toBe(false);
  });
});

describe('a volume', () => {
  it.each([
    ['relative', 'tmp/x', /allowed is an absolute path/],
    ['the root', '/', /allowed is an absolute path/],
    ['upwards', '/a/../b', /allowed is an absolute path/],
    ['of blanks', '/a b', /allowed is an absolute path/],
    ['of two slashes', '/a//b', /allowed is an absolute path/],
    ["the driver's own", '/eci-executor', /\/eci-executor is the driver's own/],
    ["inside the driver's own", '/eci-executor/agent', /\/eci-executor is the driver's own/],
    ['inside builds_dir', '/builds/acme', /neither may lie inside the other: \/builds/],
    ['inside cache_dir', '/cache/x', /neither may lie inside the other: \/cache/],
  ])('is not mounted at a path that is %s', (_what, path, problem) => {
    expect(problems('', nfs(`mount_path = "${path}"`))).toEqual([expect.stringMatching(problem)]);
  });

  it('may end with a slash, which does not count', () => {
    const result = parseSettings(`${MINIMAL}\n${nfs('mount_path = "/root/.cache/"')}`);
    expect(result).toMatchObject({ settings: { volumes: { nfs: [{ mount_path: '/root/.cache' }] } } });
    expect(problems('', nfs('mount_path = "/builds/"'))).toEqual([]);
  });

  it('is not mounted around builds_dir', () => {
    expect(problems('builds_dir = "/data/builds"', nfs('mount_path = "/data"'))).toEqual([
      expect.stringMatching(/^volumes\.nfs\[0\]\.mount_path: .*neither may lie inside the other/),
    ]);
  });

  it.each([
    ['read_only = true', 'it cannot be read-only'],
    ['containers = ["build"]', 'it has to be in build and helper'],
  ])('that takes the place of builds_dir and has %s is refused', (more, why) => {
    expect(problems('', nfs(`mount_path = "/builds"\n${more}`))).toEqual([expect.stringContaining(why)]);
    expect(problems('', nfs('mount_path = "/builds"'))).toEqual([]);
  });

  it('that takes the place of builds_dir has to be in build alone where that is the helper too', () => {
    const inside = (containers: string) => nfs(`mount_path = "/builds"\ncontainers = ${containers}`);
    expect(problems('helper = false', inside('["build"]'))).toEqual([]);
    expect(problems('helper = false', inside('["helper"]'))).toEqual([expect.stringMatching(/it has to be in build$/)]);
  });

  it('has a name and, in each container, a path of its own', () => {
    const twice = nfs('mount_path = "/a"') + nfs('mount_path = "/b"');
    expect(problems('', twice)).toEqual(['volumes.nfs[1].name: "nas" is not valid: another volume has this name']);
    const one = (name: string, container: string) => nfs(`mount_path = "/a"\ncontainers = ["${container}"]`, name);
    expect(problems('', one('x', 'build') + one('y', 'build'))).toEqual([
      'volumes.nfs[1].mount_path: "/a" is not valid: the volume x is mounted there too',
    ]);
    expect(problems('', one('x', 'build') + one('y', 'helper'))).toEqual([]);
  });

  it.each(['builds', 'cache', 'eci-agent', 'Nas', 'a_b', ''])('is not called "%s"', (name) => {
    expect(problems('', nfs('mount_path = "/a"', name))).toEqual([expect.stringMatching(/^volumes\.nfs\[0\]\.name: /)]);
  });

  it.each([
    ['nfs', 'path', nfs('mount_path = "/a"\npath = "/$CI_COMMIT_REF_NAME"')],
    ['nfs', 'sub_path', nfs('mount_path = "/a"\nsub_path = "${MY_PLACE}"')],
    ['oss', 'bucket', '[[volumes.oss]]\nname = "b"\nmount_path = "/b"\nbucket = "$B"\nurl = "oss"\nram_role = "r"'],
    ['disk', 'volume_id', '[[volumes.disk]]\nname = "d"\nmount_path = "/d"\nvolume_id = "$D"'],
  ])("of the kind %s has no variable in its %s that a job's author can set", (kind, key, tables) => {
    expect(problems('', tables)).toEqual([
      expect.stringMatching(
        new RegExp(`^volumes\\.${kind}\\[0\\]\\.${key}: .*only variables that no job can overwrite`),
      ),
    ]);
  });

  it("may have the job's project and pipeline in it", () => {
    const names = ['CI_PROJECT_ID', 'CI_PROJECT_PATH', 'CI_PROJECT_NAMESPACE', 'CI_COMMIT_REF_PROTECTED', 'CI_JOB_ID'];
    expect(
      problems('', nfs(`mount_path = "/$ANYTHING"\npath = "/${names.map((name) => `\${${name}}`).join('/')}"`)),
    ).toEqual([]);
  });

  it.each([
    ['neither an id nor a size', ''],
    ['both', 'volume_id = "d-1"\nsize = 20'],
  ])('that is a disk does not have %s', (_what, more) => {
    expect(problems('', `[[volumes.disk]]\nname = "d"\nmount_path = "/d"\n${more}`)).toEqual([
      expect.stringContaining('a disk has either a volume_id, or a size in GiB for a new one'),
    ]);
  });

  it.each(['akId', 'akSecret'])('of OSS has no %s', (key) => {
    const oss = `[[volumes.oss]]\nname = "b"\nmount_path = "/b"\nbucket = "b"\nurl = "oss"\nram_role = "r"\n${key} = "x"`;
    expect(problems('', oss)).toEqual([
      expect.stringMatching(/whoever may describe the group would read it; ram_role/),
    ]);
  });
});

describe('volumes', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, n) => `[[volumes.empty_dir]]\nname = "v${n}"\nmount_path = "/v${n}"`).join('\n');

  it('are as many as ECI takes beside those of the driver', () => {
    expect(problems('', many(12))).toEqual([]);
    expect(problems('', many(13))).toEqual([
      expect.stringMatching(/^volumes: .*20 volumes at most, and 8 are the driver's own: allowed are 12/),
    ]);
    expect(problems('helper = false', many(14))).toEqual([]);
    const nobodys = '[[volumes.empty_dir]]\nname = "x"\nmount_path = "/x"\ncontainers = ["init"]';
    expect(problems('', `${many(12)}\n${nobodys}`)).toEqual([]);
    expect(problems('', `${many(12)}\n${nfs('mount_path = "/builds"')}`)).toEqual([]);
  });

  it('have six disks at most', () => {
    const disks = Array.from(
      { length: 7 },
      (_, n) => `[[volumes.disk]]\nname = "d${n}"\nmount_path = "/d${n}"\nsize = 20`,
    );
    expect(problems('', disks.slice(1).join('\n'))).toEqual([]);
    expect(problems('', disks.join('\n'))).toEqual([expect.stringMatching(/^volumes\.disk: .*6 disks at most/)]);
  });
});

describe('settings of the pod', () => {
  it.each([
    ['privileged = true', '', /^privileged: .*no privileged containers.*kaniko and buildah.*docs\/faq\.md/],
    [
      '',
      '[build_container_security_context]\nprivileged = true',
      /^build_container_security_context\.privileged: .*kaniko/,
    ],
    ['dns_policy = "none"', '', /^dns_config\.nameservers: .*needs a name server/],
    [
      'dns_policy = "default"',
      '[dns_config]\nnameservers = ["10.0.0.2"]',
      /^dns_config: .*only where dns_policy is "none"/,
    ],
    ['dns_policy = "cluster-first"', '', /^dns_policy: .*allowed is "default", "none"/],
    [
      '',
      '[dns_config]\nnameservers = ["dns.example.com"]',
      /^dns_config\.nameservers\[0\]: .*allowed is an IP address/,
    ],
    ['', '[eip]\ncreate = true\nid = "eip-1"', /^eip\.id: .*one public address/],
    ['', '[eip]\nbandwidth = 5', /^eip\.bandwidth: .*eip\.create = true/],
    ['', '[sysctls]\n"kernel.panic" = "1"', /^sysctls\.kernel\.panic: allowed are kernel\.shm/],
    ['', '[sysctls]\n"net.ipv4.tcp_syncookies" = "1"', /^sysctls\..*without net\.ipv4\.tcp_syncookies/],
    ['', '[[init_containers]]\nname = "agent"\nimage = "a"', /^init_containers\[0\]\.name: .*not agent, helper, build/],
    [
      '',
      '[build_container_security_context]\ncapabilities = { add = ["SYS_ADMIN"] }',
      /^build_.*allowed is "NET_ADMIN", "NET_RAW"/,
    ],
    [
      '',
      `[tags]\n${Array.from({ length: 9 }, (_, n) => `t${n} = "x"`).join('\n')}`,
      /^tags: .*20 tags at most, and 12 are the driver's own/,
    ],
  ])('%s %s is refused', (top, tables, problem) => {
    expect(problems(top, tables)).toEqual([expect.stringMatching(problem)]);
  });

  it('accept privileged = false, as values files have it', () => {
    expect(problems('privileged = false')).toEqual([]);
  });
});

describe('a setting of the Kubernetes executor', () => {
  it.each([
    ['namespace = "ci"', '', /^namespace: there are no namespaces; tags and resource_group/],
    ['service_account = "ci"', '', /^service_account: .*ram_role/],
    ['image_pull_secrets = ["ci"]', '', /^image_pull_secrets: .*docs\/registries\.md/],
    ['pod_labels = { a = "b" }', '', /^pod_labels: .*\[tags\]/],
    ['', '[[volumes.host_path]]\nname = "x"', /^volumes\.host_path: there are no hosts; .*\[\[volumes\.nfs\]\]/],
    ['', '[[volumes.pvc]]\nname = "x"', /^volumes\.pvc: .*\[\[volumes\.nfs\]\]/],
    ['', '[pod_security_context]\nfs_group = 5', /^pod_security_context\.fs_group: .*run_as_group/],
    [
      '',
      '[build_container_security_context]\nallow_privilege_escalation = false',
      /^build_.*cannot forbid or allow it/,
    ],
    ['', '[profiles.big]\nnamespace = "ci"', /^profiles\.big\.namespace: there are no namespaces/],
  ])('without a counterpart says so: %s %s', (top, tables, problem) => {
    expect(problems(top, tables)).toEqual([expect.stringMatching(problem)]);
  });

  it('that exists here is not said to have none', () => {
    const keys = settingsKeys(SettingsSchema).map((key) => key.split('.'));
    expect(keys.filter((key) => ofKubernetes(key) !== undefined)).toEqual([]);
  });
});
