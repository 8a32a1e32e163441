import { describe, expect, it } from 'vitest';
import { interpret, meansGone } from '../../src/eci/answers/interpret.ts';
import { EciError } from '../../src/eci/container-groups.ts';

describe('what a refusal means', () => {
  it.each([
    ['OperationDenied.NoStock', 'next'],
    ['RecommendEmpty.InstanceTypeSoldOut', 'next'],
    ['RecommendEmpty.InstanceTypeFamilyNotMatched', 'next'],
    ['Spot.NotMatched', 'next'],
    ['Zone.NotOnSale', 'next-zone'],
    ['InvalidVSwitchId.IpNotEnough', 'next-zone'],
    ['InvalidInstanceTypeForEciBuy', 'next-spec'],
    ['InvalidSpotCpuMemorySpec', 'next-spec'],
    ['QuotaExceeded', 'wait'],
    ['Throttling', 'repeat'],
    ['Throttling.User', 'repeat'],
    ['Throttling.Vcpu.PerDay', 'give-up'],
    ['ServiceUnavailable', 'repeat'],
    ['Account.Arrearage', 'give-up'],
    ['InvalidAccessKeyId.NotFound', 'give-up'],
    ['SignatureDoesNotMatch', 'give-up'],
    ['Forbidden.RAM', 'give-up'],
    ['Forbidden.RiskControl', 'give-up'],
    ['InvalidParameter.CPU.Memory', 'give-up'],
  ])('the code %s: %s', (code, means) => expect(interpret(code, '', 403).means).toBe(means));

  it.each([
    'The instanceTypes are out of usage',
    'Create ECI failed because the specified instance is out of stock. zone cn-beijing-h',
    'Sales of this resource are temporarily suspended in the specified zone',
    'memory not enough for 8Gi.',
  ])('the text "%s" is a matter of stock, whatever code carries it', (text) => {
    expect(interpret('SomeNewCode', text, 400).means).toBe('next');
  });

  it('a known code counts more than a text', () => {
    expect(interpret('QuotaExceeded', 'vCPU sold out', 403).means).toBe('wait');
  });

  it('an unknown code is repeated after a fault of the server, and final otherwise', () => {
    expect(interpret('Brand.New', 'oops', 502).means).toBe('repeat');
    expect(interpret('Brand.New', 'oops', 400)).toMatchObject({ means: 'give-up', say: 'refused', fault: 'operator' });
  });

  it.each([
    ['InvalidParameter.NotFound', 400, true],
    ['ContainerGroup.NotFound', 404, true],
    ['Some.NewNotFound', 400, true],
    ['InvalidParameter.ContainerGroupId.NotFound', 404, true],
    ['InvalidContainerGroup.InvalidStatus', 400, false],
    ['Whatever', 404, true],
    ['IncorrectStatus', 400, false],
    // Also 404, and nothing about a group: a manager that lost its key must not think that its groups are gone.
    ['InvalidAccessKeyId.NotFound', 404, false],
    ['InvalidRegionId.NotFound', 404, false],
    ['InvalidAction.NotFound', 404, false],
  ])('%s with HTTP %i says that the group is gone: %s', (code, httpStatus, gone) => {
    const error = new EciError({ action: 'A', code, message: '', httpStatus, ambiguous: false });
    expect(meansGone(error)).toBe(gone);
  });
});
