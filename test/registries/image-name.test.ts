import { describe, expect, it } from 'vitest';
import { loginKey, parseImageName, registryUrl } from '../../src/registries/image-name.ts';

describe('the name of an image', () => {
  it.each([
    ['registry.example.com/a/eci-agent:0.1.0', 'registry.example.com', 'a/eci-agent', '0.1.0'],
    ['registry.example.com:5000/eci-agent', 'registry.example.com:5000', 'eci-agent', undefined],
    ['localhost/a/b/c__d:latest', 'localhost', 'a/b/c__d', 'latest'],
    ['[::1]:5000/a:b', '[::1]:5000', 'a', 'b'],
    ['docker.io/user/eci-agent:V_1', 'docker.io', 'user/eci-agent', 'V_1'],
  ])('%s has a registry, a repository and perhaps a tag', (text, registry, repository, tag) => {
    expect(parseImageName(text)).toEqual({ registry, repository, tag });
  });

  it.each([
    ['eci-agent', /begin with the host/],
    ['user/eci-agent:1', /begin with the host/],
    ['', /begin with the host/],
    ['https://registry.example.com/a', /"https:" is not a host/],
    ['user@registry.example.com/a', /is not a host/],
    ['registry.example.com:99999/a', /is not a host/],
    ['10.0.0.999/a', /is not a host/],
    ['registry.example.com/A', /lower-case/],
    ['registry.example.com/a/../b', /lower-case/],
    ['registry.example.com/', /lower-case/],
    ['registry.example.com/a:b:c', /tag/],
    ['registry.example.com/a:', /tag/],
    [`registry.example.com/a:${'x'.repeat(129)}`, /tag/],
    [`registry.example.com/a@sha256:${'0'.repeat(64)}`, /digest/],
  ])('%s is refused, with the way to write it', (text, why) => {
    expect(() => parseImageName(text)).toThrow(why);
    expect(() => parseImageName(text)).toThrow(
      expect.objectContaining({ fault: 'operator', hint: expect.stringContaining('REGISTRY/IMAGE:TAG') as string }),
    );
  });
});

describe("a registry's address", () => {
  it.each([
    ['registry.example.com', false, 'https://registry.example.com/'],
    ['registry.example.com:5000', true, 'http://registry.example.com:5000/'],
    ['localhost:5000', false, 'http://localhost:5000/'],
    ['127.8.9.1', false, 'http://127.8.9.1/'],
    ['[::1]:5000', false, 'http://[::1]:5000/'],
    ['127.0.0.1.example.com', false, 'https://127.0.0.1.example.com/'],
    ['localhost.example.com', false, 'https://localhost.example.com/'],
    ['docker.io', false, 'https://registry-1.docker.io/'],
  ])('of %s, plain http asked for: %s, is %s', (registry, plainHttp, url) => {
    expect(registryUrl(registry, plainHttp).href).toBe(url);
  });
});

it.each([
  ['registry.example.com:5000', 'registry.example.com:5000'],
  ['docker.io', 'https://index.docker.io/v1/'],
])('the login of %s is kept under %s', (registry, key) => {
  expect(loginKey(registry)).toBe(key);
});
