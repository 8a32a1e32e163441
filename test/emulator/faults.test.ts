import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { GROUP, startCloud } from './cloud-under-test.ts';

/** Codes that the API's reference, its samples and the gateway's lists name, with their HTTP status. */
const CODES: Readonly<Record<number, string>> = {
  400: `RecommendEmpty.InstanceTypeFamilyNotMatched InvalidSpotCpuMemorySpec InvalidInstanceTypeForEciSpotDurationBuy
    InvalidInstanceTypeForEciBuy InstanceTypeNotMatchCpuArch InvalidInstanceTypeForRaid LocalDiskAmountNotMatch
    PrivatePoolInstanceSpotNotSupport FeatureBasedConstraintConflict HighCpuMemConfigRequired Throttling Throttling.User Throttling.Api
    Degrade.Api EipPurchaseFlowControl Account.Arrearage InvalidPaymentMethod.InsufficientBalance Payfor.CreditPayInsufficientBalance
    EipPayInsufficientBalance ServiceNotEnabled InvalidParameter.CPU.Memory InvalidParameter.DuplicatedName
    InvalidParameter.DuplicatedVolumeName InvalidParameter.Encrypted.KmsNotEnabled InvalidParameter.KMS.EncryptedIllegal
    InvalidOperation.KMS.InstanceTypeNotSupport RamRole.NotSupport DiskVolume.NotSupport DiskVolume.NotInSameZone DiskNumber.LimitExceed
    MultiAttachedCloudDiskNotSupport PrivateIpAddress.Already.InUse RegionDissolved ImageSnapshot.IncorrectStatus ImageSnapshot.NotSupport
    IncorrectStatus IncorrectOperation OperationConflict DryRunOperation DryRun.Success CorePattern.UpdateFail CloudDisk.NotInSameZone
    DedicatedHostQuotaExceeded InvalidSecurityToken.Expired SignatureDoesNotMatch IncompleteSignature InvalidTimeStamp.Expired
    SignatureNonceUsed IdempotentParameterMismatch InvalidParameter.ValueExceeded UnknownError`,
  403: `OperationDenied.NoStock Spot.NotMatched Zone.NotOnSale InvalidVSwitchId.IpNotEnough OperationDenied.VswZoneMisMatch
    OperationDenied.SecurityGroupMisMatch QuotaExceeded Throttling.Vcpu.PerDay Forbidden.UserBussinessStatus Forbidden.AccountClosed
    Forbidden.UserNotRealNameAuthentication Forbidden.OnlyForInvitedTest FeatureAccessRestricted Forbidden.RiskControl Forbidden.SubUser
    InvalidUser.PassRoleForbidden NoPermission CreateServiceLinkedRole.Denied InvalidOperation.ResourceManagedByCloudProduct
    InvalidParameter.KMS.KeyId.Forbidden BatchCreateNotSupportExistingCloudDisk InvalidAccessKeyId.Inactive Forbidden.AccessKeyDisabled
    Forbidden.RAM InvalidAction LastTokenProcessing`,
  404: `ImageSnapshot.NotFound InvalidDiskId.NotFound InvalidParameter.KMS.KeyId.NotFound InvalidAccessKeyId.NotFound
    InvalidRegionId.NotFound InvalidZoneId.NotFound InvalidVSwitchId.NotFound InvalidSecurityGroupId.NotFound`,
  429: 'Throttling.User',
  500: 'InternalError SystemBusy',
  503: 'ServiceUnavailable ServiceUnAvailable containerRepositoryAuthorizationFailed',
};

describe('the fault "refuse"', () => {
  it.each(Object.entries(CODES))('answers with any code of status %s, and nothing is made', async (status, codes) => {
    const { emulator, refused } = await startCloud();
    for (const code of codes.split(/\s+/)) {
      const message = `About ${code}.`;
      emulator.fault({
        action: 'CreateContainerGroup',
        fault: 'refuse',
        code,
        message,
        http_status: Number(status),
      });
      const refusal = await refused('CreateContainerGroup', GROUP);
      expect([refusal.code, refusal.statusCode, refusal.data.Message]).toEqual([code, Number(status), message]);
    }
    expect(emulator.report().groups.created).toBe(0);
  });
});

describe('a fault that is told to skip calls', () => {
  it('hits the next ones after them, and only so many', async () => {
    const { create, emulator, refused } = await startCloud();
    emulator.fault({ action: 'CreateContainerGroup', fault: 'internal-error', skip: 2, times: 2 });
    await create();
    await create();
    for (let count = 0; count < 2; count++) {
      expect((await refused('CreateContainerGroup', GROUP)).code).toBe('InternalError');
    }
    await create();
    expect(emulator.requests().map((call) => call.status)).toEqual([200, 200, 500, 500, 200]);
  });

  it('counts calls of its own action only', async () => {
    const { create, emulator, page, refused } = await startCloud();
    emulator.fault({ action: 'CreateContainerGroup', fault: 'internal-error', skip: 1 });
    await page();
    await page();
    await create();
    expect((await refused('CreateContainerGroup', GROUP)).code).toBe('InternalError');
  });
});

describe('the fault "stall"', () => {
  it('answers nothing, while other calls are served, until the client goes away', async () => {
    const { create, emulator } = await startCloud();
    emulator.fault({ action: 'CreateContainerGroup', fault: 'stall' });
    const [host, port] = emulator.endpoint.split(':');
    const waiting = request({ host, port, method: 'POST', path: '/?Action=CreateContainerGroup' }).end();
    const heard: string[] = [];
    waiting.on('response', () => heard.push('answer')).on('error', () => heard.push('end'));
    await expect.poll(() => emulator.requests()).toMatchObject([{ status: 0, code: 'stall' }]);
    await create();
    expect(heard).toEqual([]);
    waiting.destroy(new Error('enough'));
    await expect.poll(() => heard).toEqual(['end']);
  });

  it('has its work done, and ends with the emulator at the latest', async () => {
    const { call, emulator } = await startCloud();
    emulator.fault({ action: 'CreateContainerGroup', fault: 'stall' });
    const stalled = call('CreateContainerGroup', GROUP);
    const outcome = expect(stalled).rejects.toThrow();
    await expect.poll(() => emulator.report().groups.created).toBe(1);
    await emulator.stop();
    await outcome;
  });
});
