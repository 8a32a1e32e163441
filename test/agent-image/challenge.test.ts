import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../src/agent-image/challenge.ts';

describe('what a server asks for', () => {
  it.each([
    ['Basic realm="basic-realm"', [{ scheme: 'basic', parameters: { realm: 'basic-realm' } }]],
    [
      'Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:a/b:pull,push"',
      [
        {
          scheme: 'bearer',
          parameters: {
            realm: 'https://auth.example.com/token',
            service: 'registry.example.com',
            scope: 'repository:a/b:pull,push',
          },
        },
      ],
    ],
    [
      'BASIC Realm = "say \\"hello\\", friend" , Bearer realm=x,error="invalid_token"',
      [
        { scheme: 'basic', parameters: { realm: 'say "hello", friend' } },
        { scheme: 'bearer', parameters: { realm: 'x', error: 'invalid_token' } },
      ],
    ],
    ['Negotiate, Basic', ['negotiate', 'basic'].map((scheme) => ({ scheme, parameters: {} }))],
    ['', []],
    ['realm="of nobody"', []],
  ])('%s', (header, challenges) => {
    expect(parseChallenges(header)).toEqual(challenges);
  });
});
