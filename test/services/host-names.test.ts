import { describe, expect, it } from 'vitest';
import { hostNamesOf, isHostLabel, isHostName } from '../../src/services/host-names.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;

describe('the host names that a service has from its image', () => {
  it.each([
    ['mysql', ['mysql']],
    ['mysql:8.4', ['mysql']],
    [`mysql@${DIGEST}`, ['mysql']],
    [`mysql:8.4@${DIGEST}`, ['mysql']],
    ['group/api:2', ['group-api']],
    ['registry.example.com/api:2', ['registry.example.com-api']],
    ['registry.example.com:5000/group/api:2', ['registry.example.com-group-api']],
    ['localhost:5000/api', ['localhost-api']],
    // An underscore stands in no host name.
    ['my_db:1', []],
    // A registry may be written in capitals, a host name may not.
    ['Registry.Example.com/api', []],
    ['Not An Image', []],
    ['group/Api', []],
    ['', []],
  ])('%s: %j', (image, expected) => {
    expect(hostNamesOf(image)).toEqual(expected);
  });

  it('have no name that is longer than DNS allows', () => {
    const name = (length: number) => Array.from({ length }, () => 'a').join('');
    expect(hostNamesOf(name(63))).toHaveLength(1);
    expect(hostNamesOf(`${name(60)}.${name(60)}.${name(60)}.${name(60)}.${name(60)}/x`)).toEqual([]);
  });
});

describe('a name of DNS', () => {
  it.each([
    ['db', true, true],
    ['my-db-1', true, true],
    ['db.internal', false, true],
    ['a'.repeat(63), true, true],
    ['a'.repeat(64), false, true],
    [`${'a'.repeat(63)}.`.repeat(4).slice(0, -1), false, false],
    ['DB', false, false],
    ['my_db', false, false],
    ['-db', false, false],
    ['db-', false, false],
    ['db..internal', false, false],
    ['db.', false, false],
    ['', false, false],
    ['db\n', false, false],
    ['127.0.0.1', false, true],
  ])('%j is a label: %s, a name: %s', (name, isLabel, isName) => {
    expect(isHostLabel(name)).toBe(isLabel);
    expect(isHostName(name)).toBe(isName);
  });
});
