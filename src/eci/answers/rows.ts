import { ACCOUNT_ROWS } from './account-rows.ts';
import type { AnswerRow } from './answer.ts';
import { CONTAINER_ROWS } from './container-rows.ts';
import { PLACE_ROWS } from './place-rows.ts';

/**
 * What a refusal of ECI means. One table for synchronous error codes, the reasons of a group's events (`ScheduleFailed` comes with one), the
 * reasons of containers, and texts that ECI passes on from the layers below. Adding a case is adding a row.
 *
 * Sources: ECI API reference, error codes of CreateContainerGroup; "Public error codes"; "Custom events of ECI"; ECS error centre for the
 * texts. Rows stand in order of precedence. Codes come first, because texts change; the texts catch codes that no page lists.
 */

/** An earlier call with the same token has not ended: it may yet do its work. */
export const STILL_AT_WORK = ['LastTokenProcessing', 'IdempotenceProcessing'];

/** Texts of lower layers that mean "no stock", whatever code carries them. */
const STOCK_TEXT =
  /out of (usage|stock)|sold out|temporarily suspended|insufficient (inventory|stock|capacity)|not enough for/i;

const LIMITS: readonly AnswerRow[] = [
  {
    codes: ['QuotaExceeded', 'QuotaFull', 'DiskCapacityQuotaFull'],
    class: 'quota',
    means: 'wait',
    say: 'quota reached',
    fault: 'operator',
    hint: 'Ask for a higher quota in the Quota Center, or lower the concurrency of the runner.',
  },
  {
    codes: ['Throttling.Vcpu.PerDay'],
    class: 'quota',
    means: 'give-up',
    say: "the account's vCPU limit of the day is reached",
    fault: 'operator',
    hint: 'Wait for the next day, or ask for a higher limit in the Quota Center.',
  },
  {
    codes: [
      'Throttling',
      'Throttling.*',
      'Rejected.Throttling',
      'FlowControl*',
      'Degrade.Api',
      'EipPurchaseFlowControl',
    ],
    class: 'throttle',
    means: 'repeat',
    say: 'throttled by ECI',
    fault: 'platform',
    hint: 'Lower the concurrency of the runner, or look for other users of the account who call ECI a lot.',
  },
];

const PASSING: readonly AnswerRow[] = [
  {
    codes: ['ServiceUnavailable', 'ServiceUnAvailable', 'InternalError', 'UnknownError', 'SystemBusy'],
    class: 'transient',
    means: 'repeat',
    say: 'ECI is not available',
    fault: 'platform',
    hint: 'Look at the status page of Alibaba Cloud; the runner tries again.',
  },
  {
    codes: ['containerRepositoryAuthorizationFailed'],
    class: 'transient',
    means: 'repeat',
    say: 'the registry did not authorize ECI',
    fault: 'operator',
    hint: "Check that the account's registry lets ECI pull, and the credentials of other registries.",
  },
  {
    codes: ['Timeout', 'ConnectionFailed', 'InvalidAnswer'],
    class: 'transient',
    means: 'repeat',
    say: 'no usable answer from ECI',
    fault: 'platform',
    hint: 'Check that the manager reaches the endpoint of the settings, without a proxy in between.',
  },
  {
    codes: [...STILL_AT_WORK, 'SignatureNonceUsed', 'OperationConflict'],
    class: 'transient',
    means: 'repeat',
    say: 'request still being processed',
    fault: 'platform',
  },
  {
    codes: ['IncorrectStatus', 'IncorrectOperation'],
    class: 'transient',
    means: 'repeat-once',
    say: 'not possible in the present status',
    fault: 'platform',
  },
];

const REQUESTS: readonly AnswerRow[] = [
  {
    codes: ['InvalidParameter.NotFound', '*ContainerGroup.NotFound', '*ContainerGroupId.NotFound'],
    class: 'gone',
    means: 'give-up',
    say: 'does not exist (any more)',
    fault: 'platform',
  },
  {
    codes: ['TooManyGroups'],
    class: 'quota',
    means: 'give-up',
    say: 'there are too many container groups to look at each',
    fault: 'operator',
    hint: 'Delete some by their tags, managed-by and gitlab-eci-manager, in the ECI console.',
  },
  {
    codes: ['DryRun.Success', 'DryRunOperation'],
    class: 'success',
    means: 'done',
    say: 'would be created',
    fault: 'platform',
  },
  {
    codes: ['IdempotentParameterMismatch'],
    class: 'driver',
    means: 'give-up',
    say: 'a client token was used for two requests, which is a bug in the driver',
    fault: 'operator',
    hint: 'Please report it.',
  },
  {
    codes: [
      'OperationDenied.VswZoneMisMatch',
      'OperationDenied.SecurityGroupMisMatch',
      'InvalidRegionId.NotFound',
      'InvalidZoneId.NotFound',
      'InvalidVSwitchId.NotFound',
      'InvalidSecurityGroupId.NotFound',
      'RegionDissolved',
    ],
    class: 'bad request',
    means: 'give-up',
    say: 'region, vSwitch, zone and security group of the settings do not fit together',
    fault: 'operator',
    hint: 'Check region, [[vswitch]] and security_group: all in one region, the group in the VPC of the vSwitches.',
  },
  {
    codes: [
      'MissingParameter*',
      'InvalidParameter*',
      'UnsupportedParameter',
      'InvalidAction.NotFound',
      'InvalidVersion',
      'FeatureBasedConstraintConflict',
      'PrivatePoolInstanceSpotNotSupport',
      'JobInstance*',
      'HighCpuMemConfigRequired',
      'InvalidOperation.KMS.InstanceTypeNotSupport',
      'RamRole.NotSupport',
      'DiskVolume.*',
      'CloudDisk.NotInSameZone',
      'DiskNumber.LimitExceed',
      'DedicatedHostQuotaExceeded',
      'MultiAttachedCloudDiskNotSupport',
      'BatchCreateNotSupportExistingCloudDisk',
      'AttachDiskFailed',
      'InvalidDiskId.NotFound',
      'Ipv6AddressNotSupport*',
      'PrivateIpAddress.Already.InUse',
      'CorePattern.UpdateFail',
    ],
    class: 'bad request',
    means: 'give-up',
    say: 'ECI does not take the request',
    fault: 'operator',
    hint: 'Correct the setting that the message names; [parameters] are passed on as they are.',
  },
];

const ANY_CODE: readonly AnswerRow[] = [
  { text: STOCK_TEXT, class: 'stock', means: 'next', say: 'out of stock', fault: 'platform' },
  {
    // No page says which code an unknown group gives; Terraform takes every one of this form for "gone".
    codes: ['*NotFound'],
    class: 'gone',
    means: 'give-up',
    say: 'does not exist (any more)',
    fault: 'operator',
  },
  { httpStatus: 404, class: 'gone', means: 'give-up', say: 'does not exist (any more)', fault: 'operator' },
  { httpStatusFrom: 500, class: 'transient', means: 'repeat', say: 'ECI is not available', fault: 'platform' },
];

export const ROWS: readonly AnswerRow[] = [
  ...PLACE_ROWS,
  ...LIMITS,
  ...PASSING,
  ...ACCOUNT_ROWS,
  ...REQUESTS,
  ...CONTAINER_ROWS,
  ...ANY_CODE,
];
