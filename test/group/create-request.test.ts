import { describe, expect, it } from 'vitest';
import { createRequest, type GroupFacts } from '../../src/group/create-request.ts';
import { groupImages, mirrored, pullPolicy } from '../../src/group/images.ts';
import { groupName } from '../../src/group/names.ts';
import { groupTimeLimits } from '../../src/group/time-limits.ts';
import { NO_ADJUSTMENTS } from '../../src/placement/adjustments.ts';
import { planAttempts } from '../../src/placement/plan.ts';
import { RESERVED_PARAMETERS } from '../../src/settings/reserved-parameters.ts';
import { job } from '../support/job.ts';
import { settingsOf } from '../support/settings.ts';

const now = new Date('2026-01-02T03:04:05Z');
const ATTEMPT = '0123456789abcdef';

function facts(top = '', tables = '', choiceIndex = 0): GroupFacts {
  const settings = settingsOf(top, tables);
  const choice = planAttempts(settings).choices[choiceIndex];
  if (!choice) throw new Error('no such choice');
  return {
    job: job(),
    settings,
    images: groupImages(job(), settings, '19.4.0'),
    choice,
    identity: {
      manager: 'ci',
      host: '00aa',
      caller: { bootId: 'b00710ad-1', pidNamespace: '42', mountNamespace: '43', pid: 7, startTime: '99' },
    },
    attempt: ATTEMPT,
    tryNumber: 2,
    keys: { clientPublic: 'ssh-ed25519 AAAA', hostPrivate: { helper: 'HELPER KEY', build: 'BUILD KEY' } },
    limits: groupTimeLimits(3600, 100, settings, now),
    adjustments: NO_ADJUSTMENTS,
    containerLimits: { build: {}, helper: {} },
  };
}

describe('the create call', () => {
  it('is this, whole', () => {
    const agent = (name: string, port: number, lifetime = '4100') => ({
      Name: name,
      Command: [
        '/eci-executor/agent/eci-agent',
        'serve',
        '--container',
        name,
        '--port',
        String(port),
        '--keys',
        '/eci-executor/keys',
        '--run',
        '/eci-executor/run',
        '--max-lifetime',
        lifetime,
        '--abandon-after',
        '900',
      ],
      EnvironmentVar: [{ Key: 'ECI_AGENT_LISTEN', FieldRef: { FieldPath: 'status.podIP' } }],
      Port: [{ Port: port, Protocol: 'TCP' }],
      VolumeMount: [
        { Name: 'eci-agent', MountPath: '/eci-executor/agent', ReadOnly: true },
        { Name: `eci-keys-${name}`, MountPath: '/eci-executor/keys', ReadOnly: true },
        { Name: `eci-run-${name}`, MountPath: '/eci-executor/run' },
        { Name: 'builds', MountPath: `/b/${ATTEMPT}` },
        { Name: 'cache', MountPath: '/cache' },
      ],
    });
    const file = (Path: string, text: string) => ({ Path, Content: Buffer.from(text).toString('base64') });
    expect(
      createRequest(
        facts(
          'builds_dir = "/b/{attempt}"',
          '[spot]\nstrategy = "SpotWithPriceLimit"\nprice_limit = 0.6\n[tags]\nteam = "infra"\n[parameters]\nRamRoleName = "job"',
        ),
      ),
    ).toEqual({
      RamRoleName: 'job',
      ContainerGroupName: `ci-p77-j90211-${ATTEMPT}`,
      SecurityGroupId: 'sg-1',
      VSwitchId: 'vsw-h',
      ScheduleStrategy: 'VSwitchOrdered',
      InstanceType: 'ecs.c6.2xlarge',
      SpotStrategy: 'SpotWithPriceLimit',
      SpotDuration: 1,
      SpotPriceLimit: 0.6,
      RestartPolicy: 'Never',
      ActiveDeadlineSeconds: 4100,
      MaxPendingMinute: 11,
      TerminationGracePeriodSeconds: 30,
      AutoMatchImageCache: true,
      Tag: [
        { Key: 'team', Value: 'infra' },
        { Key: 'managed-by', Value: 'gitlab-eci-executor' },
        { Key: 'gitlab-eci-manager', Value: 'ci' },
        { Key: 'gitlab-eci-host', Value: '00aa' },
        { Key: 'gitlab-eci-instance', Value: 'b00710ad.42.7.99' },
        { Key: 'gitlab-eci-gitlab', Value: 'gitlab.example.com:8443' },
        { Key: 'gitlab-eci-project', Value: '77' },
        { Key: 'gitlab-eci-pipeline', Value: '4412' },
        { Key: 'gitlab-eci-job', Value: '90211' },
        { Key: 'gitlab-eci-attempt', Value: ATTEMPT },
        { Key: 'gitlab-eci-try', Value: '2' },
        { Key: 'gitlab-eci-deadline', Value: '2026-01-02T04:24:25Z' },
      ],
      InitContainer: [
        {
          Name: 'agent',
          Image: 'registry.example.com/eci-agent:1',
          ImagePullPolicy: 'IfNotPresent',
          Command: [
            '/eci-agent',
            'install',
            '--dest',
            '/eci-executor/agent',
            '--keys',
            '/eci-executor/keys-source/helper:/eci-executor/keys-helper',
            '--keys',
            '/eci-executor/keys-source/build:/eci-executor/keys-build',
          ],
          VolumeMount: [
            { Name: 'eci-agent', MountPath: '/eci-executor/agent' },
            { Name: 'eci-keys', MountPath: '/eci-executor/keys-source', ReadOnly: true },
            { Name: 'eci-keys-helper', MountPath: '/eci-executor/keys-helper' },
            { Name: 'eci-keys-build', MountPath: '/eci-executor/keys-build' },
          ],
        },
      ],
      Container: [
        {
          ...agent('helper', 22022),
          Image: 'registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:x86_64-v19.4.0',
          ImagePullPolicy: 'IfNotPresent',
        },
        { ...agent('build', 22023), Image: 'node:22', ImagePullPolicy: 'IfNotPresent' },
      ],
      Volume: [
        { Name: 'eci-agent', Type: 'EmptyDirVolume' },
        {
          Name: 'eci-keys',
          Type: 'ConfigFileVolume',
          ConfigFileVolume: {
            ConfigFileToPath: [
              file('helper/host_key', 'HELPER KEY'),
              file('helper/authorized_keys', 'ssh-ed25519 AAAA\n'),
              file('build/host_key', 'BUILD KEY'),
              file('build/authorized_keys', 'ssh-ed25519 AAAA\n'),
            ],
          },
        },
        { Name: 'eci-keys-helper', Type: 'EmptyDirVolume' },
        { Name: 'eci-run-helper', Type: 'EmptyDirVolume' },
        { Name: 'eci-keys-build', Type: 'EmptyDirVolume' },
        { Name: 'eci-run-build', Type: 'EmptyDirVolume' },
        { Name: 'builds', Type: 'EmptyDirVolume' },
        { Name: 'cache', Type: 'EmptyDirVolume' },
      ],
    });
  });

  it('asks for a size by vCPU and memory, and for on-demand without a spot parameter', () => {
    const request = createRequest(facts('instance_types = ["8-16Gi"]', '[spot]\non_demand_fallback = true', 1));
    expect(request).toMatchObject({ Cpu: 8, Memory: 16, SpotStrategy: 'NoSpot' });
    expect(request).not.toHaveProperty('InstanceType');
    expect(request).not.toHaveProperty('SpotDuration');
  });

  it('asks for a public address where the manager is outside', () => {
    expect(createRequest(facts('connect = "internet"'))).toMatchObject({ AutoCreateEip: true });
  });

  it('sets nothing that the operator could set too', () => {
    const all = {
      ...createRequest(facts('image_cache_id = "imc-1"\nconnect = "internet"')),
      ...createRequest(facts('instance_types = ["8-16Gi"]')),
    };
    expect(Object.keys(all).filter((name) => !RESERVED_PARAMETERS.has(name))).toEqual([]);
  });

  it('holds no word longer than ECI takes, and no client key', () => {
    const request = JSON.stringify(createRequest(facts()));
    const words = (createRequest(facts()).Container as { Command: string[] }[]).flatMap((each) => each.Command);
    expect(Math.max(...words.map((word) => word.length))).toBeLessThanOrEqual(256);
    expect(request).not.toContain('glcbt');
  });

  it('names groups within 63 characters for the largest ids', () => {
    const name = groupName(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, ATTEMPT);
    expect(name).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
  });
});

describe('images', () => {
  it("are the job's, else the default one, else the user's problem", () => {
    const none = job({ image: { name: '' } });
    expect(groupImages(none, settingsOf('image = "alpine:3"'), '1.2.3')).toMatchObject({
      build: 'alpine:3',
      usesDefaultImage: true,
    });
    expect(() => groupImages(none, settingsOf(), '1.2.3')).toThrow(/names no image/);
  });

  it('need a runner version only where the setting says so', () => {
    expect(() => groupImages(job(), settingsOf(), undefined)).toThrow(/version of GitLab Runner/);
    expect(() => groupImages(job(), settingsOf(), '1.2.3-evil/../x')).toThrow(/version of GitLab Runner/);
    expect(groupImages(job(), settingsOf('helper_image = "h:1"'), undefined).helper).toBe('h:1');
  });

  it.each([
    ['node:22', 'mirror.example.com/hub/library/node:22'],
    ['acme/app', 'mirror.example.com/hub/acme/app'],
    ['docker.io/acme/app:1', 'mirror.example.com/hub/acme/app:1'],
    ['registry.gitlab.com/g/p:1', 'vpc.example.com/g/p:1'],
    ['registry.gitlab.com/other/p:1', 'mirror.example.com/gl/other/p:1'],
    ['quay.io/a/b:1', 'quay.io/a/b:1'],
    ['localhost/a', 'localhost/a'],
  ])('%s comes from %s', (image, from) => {
    const mirrors = {
      'docker.io/': 'mirror.example.com/hub/',
      'registry.gitlab.com/': 'mirror.example.com/gl/',
      'registry.gitlab.com/g/': 'vpc.example.com/g/',
    };
    expect(mirrored(image, mirrors)).toBe(from);
  });

  it.each([
    ['a', 'Always'],
    ['a:latest', 'Always'],
    ['h:5000/a', 'Always'],
    ['h:5000/a:1', 'IfNotPresent'],
    ['a@sha256:0', 'IfNotPresent'],
  ])('%s is pulled %s', (image, policy) => expect(pullPolicy(image)).toBe(policy));
});
