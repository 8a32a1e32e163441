import { describe, expect, it } from 'vitest';
import { servicesOf } from '../services/services-of.ts';
import { named, type Request, requestOf } from './pod-request.ts';

describe('the create call', () => {
  const NFS = (path: string, more = '') =>
    `[[volumes.nfs]]\nname = "nas"\nserver = "nas.example.com"\nmount_path = "${path}"\n${more}`;

  it.each([
    ['builds_dir', '/builds', 'builds'],
    ['cache_dir', '/cache', 'cache'],
  ])('has no folder of its own at %s where a volume is', async (_setting, path, name) => {
    const { Volume, Container } = await requestOf('', NFS(path));
    expect(Volume.map((each) => each.Name)).not.toContain(name);
    for (const each of Container) {
      expect(each.VolumeMount.filter(({ MountPath }) => MountPath === path)).toEqual([
        { Name: 'nas', MountPath: path },
      ]);
    }
  });

  it('has the volume at builds_dir in the one container that there is without a helper', async () => {
    const { Volume, Container } = await requestOf('helper = false', NFS('/builds', 'containers = ["build"]'));
    expect(Volume.map((each) => each.Name)).toContain('nas');
    expect(Container.map(({ VolumeMount }) => VolumeMount.filter(({ MountPath }) => MountPath === '/builds'))).toEqual([
      [{ Name: 'nas', MountPath: '/builds' }],
    ]);
  });

  describe('has a volume', () => {
    const disk = (containers: string) =>
      `[[volumes.disk]]\nname = "data"\nsize = 20\nmount_path = "/data"\ncontainers = ${containers}\n`;
    const isSent = ({ Volume }: Request): boolean => Volume.some(({ Name }) => Name === 'data');

    it.each([
      ['no class', '', '[]'],
      ['the helper', 'helper = false', '["helper"]'],
      ['init containers', '', '["init"]'],
      ['services', '', '["services"]'],
    ])('of %s not at all where the group has no such container', async (_what, top, containers) => {
      expect(isSent(await requestOf(top, disk(containers)))).toBe(false);
    });

    it('of services where the job has some, and of init containers where the settings do', async () => {
      const init = '[[init_containers]]\nname = "first"\nimage = "a:1"\n';
      expect(isSent(await requestOf('', `${disk('["init"]')}${init}`))).toBe(true);
      const { services } = servicesOf({ services: [{ name: 'redis:7' }] });
      expect(isSent(await requestOf('', disk('["services"]'), {}, { services }))).toBe(true);
    });
  });

  it('names a disk that exists by its id, and never deletes it', async () => {
    const disk = '[[volumes.disk]]\nname = "data"\nvolume_id = "d-1"\nmount_path = "/data"\nread_only = true';
    const { Volume, Container } = await requestOf('', disk);
    expect(Volume.at(-1)).toMatchObject({ FlexVolume: { Options: '{"volumeId":"d-1"}' } });
    expect(named(Container, 'build').VolumeMount.at(-1)).toEqual({ Name: 'data', MountPath: '/data', ReadOnly: true });
  });
});
