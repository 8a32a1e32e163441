import type { Fault } from '../driver-error.ts';

/**
 * What a refusal of ECI means. One table for synchronous error codes, the reasons of a group's events (`ScheduleFailed` comes with
 * one) and texts that ECI passes on from the layers below. Adding a case is adding a row.
 *
 * Sources: ECI API reference, error codes of CreateContainerGroup; "Public error codes"; "Custom events of ECI"; ECS error centre for the
 * texts. Codes come first, because texts change; the texts catch codes that no page lists.
 */
export type Meaning =
  /** No stock for this zone, type and policy: the next attempt of the plan. */
  | 'next'
  /** Nothing to be had in this zone or vSwitch: skip what is left of it. */
  | 'next-zone'
  /** This type cannot be used at all: skip it in every zone. */
  | 'next-spec'
  /** A passing fault: the same request again, after a pause. */
  | 'repeat'
  /** An account's limit that our own jobs fill: wait until one ends. */
  | 'wait'
  /** Nothing that we could try helps. */
  | 'give-up';

export interface Answer {
  readonly means: Meaning;
  /** In the job log. */
  readonly say: string;
  readonly fault: Fault;
  readonly hint?: string;
}

interface Row extends Answer {
  /** Exact codes; one that ends in `*` is a prefix. */
  readonly codes: readonly string[];
}

const STILL_AT_WORK = ['LastTokenProcessing', 'IdempotenceProcessing'];

const stock = { say: 'out of stock', fault: 'platform' } as const;

const ROWS: readonly Row[] = [
  {
    codes: [
      'OperationDenied.NoStock',
      'NoStock',
      'NoInstanceStock',
      'ContainerGroup.NoStock',
      'RecommendEmpty.*',
      'StockExhaust',
    ],
    means: 'next',
    ...stock,
  },
  {
    codes: ['ResourceInsufficient', 'InvalidResourceType.NotSupported', 'OperationDenied.OutOfUsage'],
    means: 'next',
    ...stock,
  },
  { codes: ['Spot.NotMatched'], means: 'next', say: 'no spot capacity at this price', fault: 'platform' },
  { codes: ['Zone.NotOnSale', 'StockClose'], means: 'next-zone', say: 'zone not on sale', fault: 'platform' },
  {
    codes: ['InvalidVSwitchId.IpNotEnough'],
    means: 'next-zone',
    say: 'vSwitch has no free addresses',
    fault: 'operator',
    hint: 'Add a vSwitch with a larger address range to the settings.',
  },
  {
    codes: [
      'InvalidInstanceTypeForEciBuy',
      'InstanceTypeNotMatchCpuArch',
      'InvalidInstanceTypeForRaid',
      'LocalDiskAmountNotMatch',
    ],
    means: 'next-spec',
    say: 'type cannot be used with ECI',
    fault: 'operator',
    hint: 'Take this type out of instance_types.',
  },
  {
    codes: ['InvalidSpotCpuMemorySpec'],
    means: 'next-spec',
    say: 'size not available as spot',
    fault: 'operator',
    hint: 'Spot needs at least 2 vCPU and a standard size, or an ECS type.',
  },
  {
    codes: ['QuotaExceeded', 'QuotaFull', 'DiskCapacityQuotaFull'],
    means: 'wait',
    say: 'quota reached',
    fault: 'operator',
    hint: 'Ask for a higher quota in the Quota Center, or lower the concurrency of the runner.',
  },
  {
    codes: ['Throttling.Vcpu.PerDay'],
    means: 'give-up',
    say: "the account's vCPU limit of the day is reached",
    fault: 'operator',
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
    means: 'repeat',
    say: 'throttled by ECI',
    fault: 'platform',
  },
  {
    codes: [
      'ServiceUnavailable',
      'ServiceUnAvailable',
      'InternalError',
      'UnknownError',
      'SystemBusy',
      'containerRepositoryAuthorizationFailed',
    ],
    means: 'repeat',
    say: 'ECI is not available',
    fault: 'platform',
  },
  {
    codes: ['Timeout', 'ConnectionFailed', 'InvalidAnswer'],
    means: 'repeat',
    say: 'no usable answer from ECI',
    fault: 'platform',
  },
  {
    codes: [...STILL_AT_WORK, 'SignatureNonceUsed', 'OperationConflict'],
    means: 'repeat',
    say: 'request still being processed',
    fault: 'platform',
  },
  {
    codes: ['IncorrectStatus', 'IncorrectOperation'],
    means: 'repeat',
    say: 'not possible in the present status',
    fault: 'platform',
  },
  {
    codes: [
      'Account.Arrearage',
      'InvalidPaymentMethod.InsufficientBalance',
      'Payfor.CreditPayInsufficientBalance',
      'EipPayInsufficientBalance',
      'InsufficientBalance',
      'InvalidAccountStatus.NotEnoughBalance',
      'Forbidden.UserBussinessStatus',
      'Forbidden.AccountClosed',
    ],
    means: 'give-up',
    say: 'the account owes money or cannot pay',
    fault: 'operator',
    hint: 'Top up the Alibaba Cloud account.',
  },
  {
    codes: [
      'NoCredentials',
      'InvalidAccessKeyId*',
      'Forbidden.AccessKeyDisabled',
      'InvalidSecurityToken*',
      'SignatureDoesNotMatch',
      'IncompleteSignature',
    ],
    means: 'give-up',
    say: 'ECI does not accept the credentials',
    fault: 'operator',
    hint: "Check the credentials that the runner's process has (ALIBABA_CLOUD_ACCESS_KEY_ID, a RAM role, …).",
  },
  {
    codes: [
      'Forbidden',
      'Forbidden.RAM',
      'Forbidden.SubUser',
      'Forbidden.Unauthorized',
      'NoPermission',
      'Unauthorized',
      'InvalidUser.PassRoleForbidden',
      'CreateServiceLinkedRole.Denied',
    ],
    means: 'give-up',
    say: 'not permitted',
    fault: 'operator',
    hint: 'Attach the RAM policy of config/ram-policy.json to the identity of the manager.',
  },
  {
    codes: ['InvalidTimeStamp.Expired'],
    means: 'give-up',
    say: "the manager's clock is wrong by more than 15 minutes",
    fault: 'operator',
    hint: 'Set the clock, for example with chrony or ntpd.',
  },
];

/** Texts of lower layers that mean "no stock", whatever code carries them. */
const STOCK_TEXT =
  /out of (usage|stock)|sold out|temporarily suspended|insufficient (inventory|stock|capacity)|not enough for/i;

/**
 * @param code an error code or an event's reason.
 * @param text its message.
 * @param httpStatus of the answer, 0 for an event.
 */
export function interpret(code: string, text: string, httpStatus = 0): Answer {
  const row = ROWS.find((each) => each.codes.some((pattern) => matches(pattern, code)));
  if (row) return row;
  if (STOCK_TEXT.test(text)) return { means: 'next', ...stock };
  if (httpStatus >= 500 || httpStatus === 429)
    return { means: 'repeat', say: 'ECI is not available', fault: 'platform' };
  return { means: 'give-up', say: 'refused', fault: 'operator' };
}

/** Rows stand in order of precedence: `Throttling.Vcpu.PerDay` before `Throttling.*`. */
const matches = (pattern: string, code: string): boolean =>
  pattern.endsWith('*') ? code.startsWith(pattern.slice(0, -1)) : code === pattern;

/** An earlier call with the same token has not ended: it may yet do its work. */
export const meansStillAtWork = (code: string): boolean => STILL_AT_WORK.includes(code);

/** Codes of any action that say that the group does not exist (any more). */
export const meansGone = (code: string, httpStatus: number): boolean => httpStatus === 404 || /NotFound$/.test(code);
