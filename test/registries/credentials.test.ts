import { describe, expect, it } from 'vitest';
import { givenLogins, registryParameters } from '../../src/group/registry-parameters.ts';
import { registryCredentials } from '../../src/registries/credentials.ts';
import { settingsOf } from '../support/settings.ts';

const login = (image: string, path: string, username = 'robot') => ({
  image,
  path,
  username,
  password: `of ${username}`,
  source: 'test',
});
const sent = (Server: string, UserName = 'robot') => ({ Server, UserName, Password: `of ${UserName}` });

describe('the credentials of a group', () => {
  it('name the host where all of its images have the same login, once', () => {
    const images = ['r.example.com/shop/a:1', 'r.example.com/shop/b:1', 'other.example.com/c:1'];
    const logins = [login(images[0]!, 'r.example.com/shop'), login(images[1]!, 'r.example.com')];
    expect(registryCredentials(images, logins, [])).toEqual([sent('r.example.com')]);
  });

  it('name paths where images of one host need different ones', () => {
    const images = ['r.example.com/shop/a:1', 'r.example.com/lab/b:1'];
    const logins = [login(images[0]!, 'r.example.com/shop'), login(images[1]!, 'r.example.com', 'other')];
    expect(registryCredentials(images, logins, [])).toEqual([
      sent('r.example.com/shop'),
      sent('r.example.com/lab/b', 'other'),
    ]);
  });

  it('name the path where another image of the host needs none', () => {
    const images = ['r.example.com/shop/a:1', 'r.example.com/open/b:1'];
    expect(registryCredentials(images, [login(images[0]!, 'r.example.com/shop')], [])).toEqual([
      sent('r.example.com/shop'),
    ]);
  });

  it('are for the address that is pulled from', () => {
    const image = 'registry-vpc.cn-beijing.aliyuncs.com/shop/a:1';
    expect(registryCredentials([image], [login(image, 'registry-vpc.cn-beijing.aliyuncs.com')], [])).toEqual([
      sent('registry-vpc.cn-beijing.aliyuncs.com'),
    ]);
  });

  it('of Docker Hub go by both of its names', () => {
    expect(registryCredentials(['node:22'], [login('node:22', 'docker.io')], [])).toEqual([
      sent('docker.io'),
      sent('index.docker.io'),
    ]);
  });

  it('are none that no image needs', () => expect(registryCredentials(['node:22'], [], [])).toEqual([]));

  const images = Array.from({ length: 11 }, (_, index) => `r${index}.example.com/a:1`);
  const logins = images.map((image) => login(image, image.split('/')[0] ?? ''));
  const refused = (operators: readonly string[]) => () => registryCredentials(images, logins, operators);

  it('are refused when there are more than ECI takes', () => {
    expect(refused([])).toThrow(/logins to 11 registries, and ECI takes 10 at most/);
    expect(registryCredentials(images.slice(1), logins.slice(1), [])).toHaveLength(10);
  });

  it("are the operator's to mend where the settings alone name too many, and else the job's", () => {
    expect(refused(images)).toThrow(expect.objectContaining({ fault: 'operator' }) as Error);
    expect(refused(images.slice(1))).toThrow(expect.objectContaining({ fault: 'user' }) as Error);
  });

  /** Logins of [parameters] for so many of the registries, from the first one on. */
  const given = (count: number, host = 'r') =>
    givenLogins(
      settingsOf(
        '',
        Array.from(
          { length: count },
          (_, index) =>
            `[[parameters.ImageRegistryCredential]]\nServer = "${host}${index}.example.com"\nUserName = "u"\nPassword = "p"`,
        ).join('\n'),
      ),
    );

  it('are counted together with those of [parameters], each server once', () => {
    const ten = [images.slice(1), logins.slice(1)] as const;
    expect(registryCredentials(...ten, [], given(0))).toHaveLength(10);
    expect(() => registryCredentials(...ten, [], given(1))).toThrow(
      expect.objectContaining({
        fault: 'user',
        message: 'The images of the job and [parameters] need logins to 11 registries, and ECI takes 10 at most.',
      }) as Error,
    );
    expect(registryCredentials(images.slice(0, 5), logins.slice(0, 5), [], given(10))).toHaveLength(5);
  });

  it("are the operator's to mend where [parameters] alone, or with the images of the settings, name too many", () => {
    const operators = expect.objectContaining({ fault: 'operator' }) as Error;
    expect(() => registryCredentials([], [], [], given(11))).toThrow(operators);
    const [first = ''] = images;
    const own = () => registryCredentials([first], logins.slice(0, 1), [first], given(10, 's'));
    expect(own).toThrow(operators);
  });
});

describe("a group's parameters about registries", () => {
  it('are none for settings that say nothing', () => expect(registryParameters(settingsOf(), [])).toEqual({}));

  it('are those of the settings', () => {
    const settings = settingsOf(
      'plain_http_registries = ["a.example:5000", "b.example"]\ninsecure_registries = ["c.example"]',
      '[[acr_instance]]\nid = "cri-1"\n[[acr_instance]]\nid = "cri-2"\nregion = "cn-shanghai"\ndomains = ["d.example"]\narn_service = "acs:ram::1:role/s"\narn_user = "acs:ram::2:role/u"',
    );
    expect(registryParameters(settings, [sent('r.example.com')])).toEqual({
      ImageRegistryCredential: [sent('r.example.com')],
      AcrRegistryInfo: [
        { InstanceId: 'cri-1' },
        {
          InstanceId: 'cri-2',
          RegionId: 'cn-shanghai',
          Domain: ['d.example'],
          ArnService: 'acs:ram::1:role/s',
          ArnUser: 'acs:ram::2:role/u',
        },
      ],
      PlainHttpRegistry: 'a.example:5000,b.example',
      InsecureRegistry: 'c.example',
    });
  });

  it("keep what [parameters] and a job's annotations have, save the login for a server that another one was found for", () => {
    const settings = settingsOf(
      'plain_http_registries = ["a.example"]',
      `[[acr_instance]]
id = "cri-1"
region = "cn-shanghai"
[parameters]
PlainHttpRegistry = "b.example,a.example"
AcrRegistryInfo = [{ InstanceId = "cri-1" }, { InstanceName = "by-name" }]
ImageRegistryCredential = [{ Server = "r.example.com", UserName = "old", Password = "x" }, { Server = "s.example.com", UserName = "kept", Password = "of kept" }]`,
    );
    expect(registryParameters(settings, [sent('r.example.com')])).toEqual({
      ImageRegistryCredential: [sent('r.example.com'), sent('s.example.com', 'kept')],
      AcrRegistryInfo: [{ InstanceId: 'cri-1' }, { InstanceName: 'by-name' }],
      PlainHttpRegistry: 'a.example,b.example',
    });
  });

  describe('where images are pulled by their addresses in the VPC', () => {
    const tables = `[[acr_instance]]
id = "cri-1"
domains = ["shop-registry.cn-beijing.cr.aliyuncs.com", "images.example.com", "shop-registry.cn-shanghai.cr.aliyuncs.com"]
[parameters]
AcrRegistryInfo = [{ InstanceId = "cri-2", Domain = ["lab-registry.cn-beijing.cr.aliyuncs.com"] }]
ImageRegistryCredential = [{ Server = "registry.cn-beijing.aliyuncs.com", UserName = "kept", Password = "of kept" }, { Server = "shop-registry.cn-beijing.cr.aliyuncs.com/team", UserName = "team", Password = "of team" }]`;

    it('name these in domains of instances and in logins of [parameters], as the images do', () => {
      expect(registryParameters(settingsOf('vpc_registries = true', tables), [])).toEqual({
        ImageRegistryCredential: [
          sent('registry-vpc.cn-beijing.aliyuncs.com', 'kept'),
          sent('shop-registry-vpc.cn-beijing.cr.aliyuncs.com/team', 'team'),
        ],
        AcrRegistryInfo: [
          { InstanceId: 'cri-2', Domain: ['lab-registry-vpc.cn-beijing.cr.aliyuncs.com'] },
          {
            InstanceId: 'cri-1',
            Domain: [
              'shop-registry-vpc.cn-beijing.cr.aliyuncs.com',
              'images.example.com',
              'shop-registry.cn-shanghai.cr.aliyuncs.com',
            ],
          },
        ],
      });
    });

    it('have no second login for a server that one was found for, by whichever address it is named', () => {
      const found = sent('registry-vpc.cn-beijing.aliyuncs.com');
      const { ImageRegistryCredential } = registryParameters(settingsOf('vpc_registries = true', tables), [found]);
      expect(ImageRegistryCredential).toEqual([
        found,
        sent('shop-registry-vpc.cn-beijing.cr.aliyuncs.com/team', 'team'),
      ]);
    });

    it('have one login for both addresses of a registry, the one of the address that is pulled from', () => {
      const both = `[parameters]
ImageRegistryCredential = [{ Server = "registry.cn-beijing.aliyuncs.com", UserName = "public", Password = "x" }, { Server = "registry-vpc.cn-beijing.aliyuncs.com", UserName = "vpc", Password = "of vpc" }]`;
      expect(registryParameters(settingsOf('vpc_registries = true', both), [])).toEqual({
        ImageRegistryCredential: [sent('registry-vpc.cn-beijing.aliyuncs.com', 'vpc')],
      });
    });

    it('stay as they are otherwise', () => {
      const hosts = JSON.stringify(registryParameters(settingsOf('', tables), []));
      expect(hosts).toContain('"registry.cn-beijing.aliyuncs.com"');
      expect(hosts).not.toContain('-vpc');
    });
  });
});
