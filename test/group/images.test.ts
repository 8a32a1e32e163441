import { describe, expect, it } from 'vitest';
import { groupImages, mirrored } from '../../src/group/images.ts';
import { imageWith, job } from '../support/job.ts';
import { settingsOf } from '../support/settings.ts';

describe('images', () => {
  it("are the job's, else the default one, else the user's problem", () => {
    const none = job({ image: { name: '' } });
    expect(groupImages(none, settingsOf('image = "alpine:3"'), '1.2.3')).toMatchObject({
      build: 'alpine:3',
      usesDefaultImage: true,
    });
    expect(() => groupImages(none, settingsOf(), '1.2.3')).toThrow(/names no image/);
  });

  it('of the helper follow flavor and architecture, and there is none without a helper', () => {
    const helper = (top: string, change = {}) => groupImages(job(change), settingsOf(top), '19.4.0').helper;
    const ANY = 'instance_types = ["2-4Gi"]';
    const name = 'registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper';
    expect(helper('')).toBe(`${name}:x86_64-v19.4.0`);
    expect(helper(`helper_image_flavor = "ubuntu"\ncpu_architecture = "ARM64"\n${ANY}`)).toBe(
      `${name}:ubuntu-arm64-v19.4.0`,
    );
    expect(helper(`helper_image = "h:{arch}"\n${ANY}`, imageWith({ docker: { platform: 'linux/arm64/v8' } }))).toBe(
      'h:arm64',
    );
    expect(helper('instance_types = ["ecs.c8y.large"]')).toBe(`${name}:arm64-v19.4.0`);
    expect(helper('instance_types = ["ecs.c6a.large"]')).toBe(`${name}:x86_64-v19.4.0`);
    expect(helper('helper = false')).toBeUndefined();
  });

  it.each(['', 'helper = false'])('of a platform that ECI does not have are refused, with the settings "%s"', (top) => {
    expect(() =>
      groupImages(job(imageWith({ docker: { platform: 'windows/amd64' } })), settingsOf(top), '19.4.0'),
    ).toThrow(/"windows\/amd64", which ECI does not have/);
  });

  it('need a runner version only where the setting says so', () => {
    expect(() => groupImages(job(), settingsOf(), undefined)).toThrow(/version of GitLab Runner/);
    expect(() => groupImages(job(), settingsOf(), '1.2.3-evil/../x')).toThrow(/version of GitLab Runner/);
    expect(groupImages(job(), settingsOf('helper_image = "h:1"'), undefined).helper).toBe('h:1');
  });

  it('of services are checked against their own list where a job names them, and not where the settings do', () => {
    const settings = settingsOf(
      'allowed_services = ["postgres:*"]',
      '[[services]]\nname = "redis:7"\n[[services]]\nname = "$ANY"',
    );
    const service = (image: string, owner: 'job' | 'settings') =>
      groupImages(job(), settings, '19.4.0', [{ image, owner }]).others;
    expect(() => service('redis:7', 'job')).toThrow(/"redis:7" image is not present on list of allowed services/);
    expect(service('postgres:16', 'job')).toEqual(['postgres:16']);
    expect(service('redis:7', 'settings')).toEqual(['redis:7']);
    // What an author has put into a variable of the settings' service.
    expect(() => service('evil:1', 'settings')).toThrow(/list of allowed services/);
  });

  it('of the settings are told from those of the job, by the names that they are pulled by', () => {
    const settings = settingsOf(
      'helper_image = "h:1"\nimage = "default:1"',
      '[[init_containers]]\nname = "warm-up"\nimage = "i:1"\n[image_mirrors]\n"docker.io/" = "m.example.com/"',
    );
    const services = [
      { image: 'a/redis:7', owner: 'settings' },
      { image: 'a/postgres:16', owner: 'job' },
    ] as const;
    const ofSettings = (image: string) =>
      groupImages(job({ image: { name: image } }), settings, '1.2.3', services).ofSettings;
    const always = [
      'registry.example.com/eci-agent:1',
      'm.example.com/library/h:1',
      'm.example.com/a/redis:7',
      'm.example.com/library/i:1',
    ];
    expect([...ofSettings('node:22')].sort()).toEqual([...always].sort());
    expect([...ofSettings('')].sort()).toEqual([...always, 'm.example.com/library/default:1'].sort());
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
});
