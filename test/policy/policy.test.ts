import { describe, expect, it } from 'vitest';
import { startWorld } from '../support/world.ts';
import { policyProblems, type RamPolicy } from './ram-policy.ts';

const policy: RamPolicy = {
  Statement: [
    { Effect: 'Allow', Action: ['eci:CreateContainerGroup', 'eci:DeleteContainerGroup'], Resource: '*' },
    { Effect: 'Allow', Action: 'ram:PassRole', Resource: '*' },
  ],
};

describe('a policy beside the calls of a test run', () => {
  it('fits when its actions of ECI are the ones that were called; what is no call of ECI stands apart', () => {
    expect(policyProblems(policy, new Set(['DeleteContainerGroup', 'CreateContainerGroup']))).toEqual([]);
  });

  it('lacks an action that was called', () => {
    expect(
      policyProblems(policy, new Set(['CreateContainerGroup', 'DeleteContainerGroup', 'DescribeContainerLog'])),
    ).toEqual(['eci:DescribeContainerLog was called and is not allowed']);
  });

  it('has an action too many', () => {
    expect(policyProblems(policy, new Set(['CreateContainerGroup']))).toEqual([
      'eci:DeleteContainerGroup is allowed and was not called',
    ]);
  });

  it('has an action too many when it allows all of them', () => {
    const all: RamPolicy = { Statement: [{ Effect: 'Allow', Action: 'eci:*', Resource: '*' }] };
    expect(policyProblems(all, new Set(['CreateContainerGroup']))).toHaveLength(2);
  });
});

it('the calls of the driver are told from others by how it calls itself', async () => {
  const world = await startWorld();
  try {
    await world.run({ script: ['true'] });
    const clients = new Set(world.emulator.requests().map(({ client }) => client));
    expect([...clients]).toEqual([expect.stringMatching(/gitlab-eci-executor\/\d+\.\d+\.\d+/)]);
  } finally {
    await world.stop();
  }
});
