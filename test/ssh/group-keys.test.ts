import ssh2 from 'ssh2';
import { expect, it } from 'vitest';
import { newGroupKeys } from '../../src/ssh/group-keys.ts';

it('every key of a group can be read, however many groups are made', () => {
  for (let group = 0; group < 700; group++) {
    const { client, helper, build } = newGroupKeys();
    for (const text of [client, helper, build].flatMap((pair) => [pair.private, pair.public])) {
      expect(ssh2.utils.parseKey(text)).not.toBeInstanceOf(Error);
    }
  }
});
