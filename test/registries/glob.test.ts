import { describe, expect, it } from 'vitest';
import { isGlob, matchesGlob } from '../../src/registries/glob.ts';

const NAMES = [
  'ruby',
  'ruby:3',
  'node:22',
  'node:lts',
  'docker.io/ruby:3',
  'registry.example.com',
  'registry.example.com/app:1',
  'registry.example.com/shop',
  'registry.example.com/shop/app:1',
  'registry.example.com/shop/ci/app:1',
  'registry.example.com/shop/ci:1.2',
  'registry.example.com/lab/x@sha256:00',
  'a/b',
  'a/x/b',
  '*',
  'registry.example.com.evil.org/shop/app:1',
];

const SHOP = NAMES.filter((name) => name.startsWith('registry.example.com/shop'));

describe('a pattern of images', () => {
  // What doublestar 4.10 says of the same names.
  it.each<[string, readonly string[]]>([
    ['ruby:*', ['ruby:3']],
    ['*', ['ruby', 'ruby:3', 'node:22', 'node:lts', 'registry.example.com', '*']],
    ['**', NAMES],
    ['registry.example.com/*', ['registry.example.com/app:1', 'registry.example.com/shop']],
    [
      'registry.example.com/**',
      ['registry.example.com', 'registry.example.com/app:1', ...SHOP, 'registry.example.com/lab/x@sha256:00'],
    ],
    [
      'registry.example.com/**/app:*',
      ['registry.example.com/app:1', 'registry.example.com/shop/app:1', 'registry.example.com/shop/ci/app:1'],
    ],
    [
      '**/app:1',
      [
        'registry.example.com/app:1',
        'registry.example.com/shop/app:1',
        'registry.example.com/shop/ci/app:1',
        'registry.example.com.evil.org/shop/app:1',
      ],
    ],
    ['registry.example.com/shop/*:1.?', ['registry.example.com/shop/ci:1.2']],
    ['registry.example.com/{shop,lab}/**', [...SHOP, 'registry.example.com/lab/x@sha256:00']],
    ['{ruby,node}:{2*,3}', ['ruby:3', 'node:22']],
    ['node:[0-9]*', ['node:22']],
    ['node:[!0-9]*', ['node:lts']],
    ['a/**b', ['a/b']],
    ['\\*', ['*']],
    ['registry.example.com/shop/**/', ['registry.example.com/shop']],
    ['docker.io/**/*', ['docker.io/ruby:3']],
    ['registry.example.com', ['registry.example.com']],
  ])("%s means what it means in the runner's settings", (pattern, expected) => {
    expect(NAMES.filter((name) => matchesGlob(pattern, name))).toEqual(expected);
    expect(isGlob(pattern)).toBe(true);
  });

  it.each(['a[', 'a[]', 'a{b', 'a}', 'a\\', 'a[!]', '[]a]', '{a,b}'.repeat(12)])(
    '%s is none, and matches nothing',
    (pattern) => {
      expect(isGlob(pattern)).toBe(false);
      expect(matchesGlob(pattern, pattern)).toBe(false);
    },
  );

  it.each(['[a-]', '{}', 'a,b', 'a.b+c(d)|^$'])(
    '%s is one, and matches itself literally where it has no meaning',
    (pattern) => {
      expect(isGlob(pattern)).toBe(true);
      expect(matchesGlob(pattern, 'axb+c(d)|^$')).toBe(false);
    },
  );
});
