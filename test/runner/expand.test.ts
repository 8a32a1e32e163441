import { describe, expect, it } from 'vitest';
import { expandVariables } from '../../src/runner/expand.ts';

const env = { CUSTOM_ENV_UID: '1000', CUSTOM_ENV_EMPTY: '', CUSTOM_ENV_COST: '$UID', UID: '0' };

describe("variables of the job in the job's own texts", () => {
  it.each([
    ['$UID:${UID}', '1000:1000'],
    ['$UIDx', ''],
    ['${UID}x', '1000x'],
    ['a$EMPTY$MISSING${MISSING}b', 'ab'],
    ['$$UID', '$UID'],
    ['$${UID}', '${UID}'],
    ['${$}', '$'],
    ['$12', '2'],
    ['${}x', 'x'],
    ['${UID', 'UID'],
    ['100$', '100$'],
    ['a$ b', 'a$ b'],
    ['linux/arm64', 'linux/arm64'],
  ])('%s becomes %s, as in Go', (text, expected) => {
    expect(expandVariables(text, env)).toBe(expected);
  });

  it('a value is not looked into a second time', () => {
    expect(expandVariables('$COST', env)).toBe('$UID');
  });
});
