import { describe, expect, it } from 'vitest';
import { parseGroups } from '../../src/eci/parse-groups.ts';

const one = (group: object) => parseGroups({ ContainerGroups: [{ ContainerGroupId: 'eci-1', ...group }] })?.groups[0];

describe('an answer of DescribeContainerGroups', () => {
  it('gives events in whichever letter case they come', () => {
    const group = one({
      Events: [
        { Reason: 'NoStock', Type: 'Warning', Message: 'm' },
        { reason: 'Pulled', type: 'Normal', message: 'n' },
      ],
    });
    expect(group?.events.map((event) => event.reason)).toEqual(['NoStock', 'Pulled']);
  });

  it('loses no group for a field of another type', () => {
    const group = one({
      Status: 'Running',
      Cpu: { odd: true },
      Tags: 'odd',
      Containers: [{ Name: 'build', CurrentState: 7 }],
    });
    expect(group).toMatchObject({
      id: 'eci-1',
      status: 'Running',
      cpu: 0,
      tags: {},
      containers: [{ name: 'build', state: '' }],
    });
  });

  it('is told apart from anything else', () => {
    expect(parseGroups({ Code: 'Throttling' })).toBeUndefined();
    expect(parseGroups('<html>')).toBeUndefined();
    // The groups of the next pages would be taken for gone.
    expect(parseGroups({ ContainerGroups: [], NextToken: 7 })).toBeUndefined();
    expect(parseGroups({ ContainerGroups: [], NextToken: null })).toEqual({ groups: [], nextToken: '' });
  });
});
