import { describe, expect, it } from 'vitest';
import { covers, imagePath, loginPath } from '../../src/registries/registry-path.ts';
import { vpcAddress } from '../../src/registries/vpc-address.ts';

describe('where an image lies', () => {
  it.each([
    ['node', 'docker.io/node'],
    ['node:22', 'docker.io/node'],
    ['acme/app:1', 'docker.io/acme/app'],
    ['index.docker.io/acme/app', 'docker.io/acme/app'],
    ['Registry.Example.com/Shop/app:1', 'registry.example.com/Shop/app'],
    ['registry.example.com:5000/app', 'registry.example.com:5000/app'],
    ['registry.example.com:5000/app:1@sha256:00', 'registry.example.com:5000/app'],
    ['localhost/app', 'localhost/app'],
  ])('%s: %s', (image, path) => expect(imagePath(image)).toBe(path));
});

describe('what a login is for', () => {
  it.each([
    ['my.host', 'my.host'],
    ['my.host/', 'my.host'],
    ['my.HOST/With/Path', 'my.host/With/Path'],
    ['my.host:5000/with/tag/image:latest', 'my.host:5000/with/tag/image'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['HTTPS://INDEX.DOCKER.IO/V1/', 'docker.io'],
    ['https://my.host/v1/something', 'my.host'],
    ['http://my.host:5000', 'my.host:5000'],
  ])('%s: %s', (key, path) => expect(loginPath(key)).toBe(path));

  it('is everything below its path, and not what only begins alike', () => {
    expect(covers('my.host/shop', 'my.host/shop/app')).toBe(true);
    expect(covers('my.host/shop', 'my.host/shop')).toBe(true);
    expect(covers('my.host/shop', 'my.host/shopping/app')).toBe(false);
    expect(covers('my.host', 'my.host:5000/app')).toBe(false);
  });
});

describe('the address in the VPC', () => {
  it.each([
    ['registry.cn-beijing.aliyuncs.com/shop/app:1', 'registry-vpc.cn-beijing.aliyuncs.com/shop/app:1'],
    ['registry.cn-beijing.aliyuncs.com', 'registry-vpc.cn-beijing.aliyuncs.com'],
    ['corp-registry.cn-beijing.cr.aliyuncs.com/a:1', 'corp-registry-vpc.cn-beijing.cr.aliyuncs.com/a:1'],
    ['crpi-12ab.cn-beijing.personal.cr.aliyuncs.com/a', 'crpi-12ab-vpc.cn-beijing.personal.cr.aliyuncs.com/a'],
  ])('of %s is %s', (name, address) => expect(vpcAddress(name, 'cn-beijing')).toBe(address));

  it.each([
    'registry.cn-shanghai.aliyuncs.com/a',
    'registry-vpc.cn-beijing.aliyuncs.com/a',
    'corp-registry-vpc.cn-beijing.cr.aliyuncs.com/a',
    'registry.cn-beijing.aliyuncs.com.example.com/a',
    'registry.cn-beijingXaliyuncs.com/a',
    'node:22',
  ])('of %s is its own', (name) => expect(vpcAddress(name, 'cn-beijing')).toBe(name));
});
