/**
 * The cloud in our words. Everything outside this folder knows ECI only through these types; `sdk-client.ts` fills them in.
 */

/** Parameters of an action with the API's own names, nested; flattened on the way out (eci API: RPC style). */
export type WireValue =
  string | number | boolean | undefined | readonly WireValue[] | { readonly [name: string]: WireValue };
export type WireParameters = { readonly [name: string]: WireValue };

/** Status of a group (Alibaba Cloud: "Lifecycle of an elastic container instance"). Newer ones may come. */
type GroupStatus =
  | 'Scheduling'
  | 'Pending'
  | 'Running'
  | 'Restarting'
  | 'Updating'
  | 'Terminating'
  | 'Succeeded'
  | 'Failed'
  | 'Expired'
  | 'ScheduleFailed'
  | (string & {});

export interface GroupEvent {
  /** `Normal` or `Warning`. */
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** When it came first, by the cloud's clock, in milliseconds since the epoch; undefined when the answer does not tell. */
  readonly at?: number | undefined;
}

export interface ContainerState {
  readonly name: string;
  readonly image: string;
  /** `Waiting`, `Running` or `Terminated`; empty before the platform says anything. */
  readonly state: string;
  /** The kubelet's word: `ImagePullBackOff`, `OOMKilled`, … */
  readonly reason: string;
  readonly message: string;
  readonly exitCode: number | undefined;
}

export interface ContainerGroup {
  readonly id: string;
  readonly status: GroupStatus;
  readonly zone: string;
  readonly instanceType: string;
  /** Unless the answer says otherwise. */
  readonly isSpot: boolean;
  readonly cpu: number;
  /** In GiB. */
  readonly memory: number;
  /** Empty until the group holds resources. */
  readonly intranetIp: string;
  readonly internetIp: string;
  readonly tags: Readonly<Record<string, string>>;
  /** By the cloud's clock, in milliseconds since the epoch; undefined when the answer does not tell. */
  readonly createdAt: number | undefined;
  readonly events: readonly GroupEvent[];
  readonly containers: readonly ContainerState[];
  readonly initContainers: readonly ContainerState[];
}

/** Milliseconds that one create call may take: six tries of 32 s, their turns and pauses, and the look-up by tags. */
export const LONGEST_CREATE = 450_000;

/** Codes of the driver's own, for failures that are no answer of ECI. */
export const OWN_CODES = ['Timeout', 'ConnectionFailed', 'InvalidAnswer', 'NoCredentials', 'TooManyGroups'] as const;
export type OwnCode = (typeof OWN_CODES)[number];

/**
 * An action failed. The message is safe to print: what the SDK throws can hold a whole URL with passwords, so nothing of it goes further
 * than its code, its request id and the wire message.
 */
export class EciError extends Error {
  override readonly name = 'EciError';
  readonly action: string;
  /** The API's error code, or one of {@link OWN_CODES}. */
  readonly code: string;
  /** 0 when no answer came. */
  readonly httpStatus: number;
  readonly requestId: string | undefined;
  /** The work may have been done although no answer says so. */
  readonly ambiguous: boolean;

  constructor(fields: {
    action: string;
    code: string;
    message: string;
    httpStatus: number;
    requestId?: string;
    ambiguous: boolean;
  }) {
    super(fields.message);
    this.action = fields.action;
    this.code = fields.code;
    this.httpStatus = fields.httpStatus;
    this.requestId = fields.requestId;
    this.ambiguous = fields.ambiguous;
  }

  /** The same failure, of work that may have been done all the same. */
  asAmbiguous(): EciError {
    const { action, code, message, httpStatus, requestId } = this;
    return new EciError({
      action,
      code,
      message,
      httpStatus,
      ...(requestId === undefined ? {} : { requestId }),
      ambiguous: true,
    });
  }
}

/** A create call was given up before it could have made anything; the cause says why. */
export class NothingMade extends Error {
  override readonly name = 'NothingMade';

  constructor(cause: unknown) {
    super('nothing was made', { cause });
  }
}

/** What a type or size costs an hour in a zone; an empty zone name means every zone. Unknown prices are left out. */
export interface ZonePrice {
  readonly zone: string;
  readonly list?: number;
  readonly spot?: number;
}

/** All methods throw {@link EciError}; each call has a deadline of its own and repeats what a repetition can mend. */
export interface ContainerGroups {
  /**
   * Asks for a group; a repetition sends the same bytes and the same token, so that it can only find what the first call made.
   * @param signal ends the repetitions; a call that is under way is waited for, as its answer is the group's id.
   * @returns the group's id.
   * @throws NothingMade when the signal came while no call was under way, and none before it may have made a group.
   */
  create(request: WireParameters, clientToken: string, signal?: AbortSignal): Promise<string>;
  /** @returns undefined when the group does not exist (any more). */
  describe(id: string, signal?: AbortSignal): Promise<ContainerGroup | undefined>;
  /** Those of these groups that exist. @param ids at most 20. */
  existing(ids: readonly string[], signal?: AbortSignal): Promise<readonly ContainerGroup[]>;
  /** All groups that carry every one of these tags; fails with `TooManyGroups` rather than to leave some out, when there are more than 10,000. */
  findByTags(tags: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<readonly ContainerGroup[]>;
  /** Asks for deletion; a group that does not exist is success. */
  remove(id: string, signal?: AbortSignal): Promise<void>;
  /**
   * Checks a create request, stock included, without creating anything.
   * @throws EciError when it would be refused.
   */
  dryRun(request: WireParameters, signal?: AbortSignal): Promise<void>;
  /**
   * The tail of what a container's own process has written, at most 1 MB (ECI: DescribeContainerLog).
   * @param lines at most 2000; 500 if not given.
   */
  log(id: string, container: string, signal?: AbortSignal, lines?: number): Promise<string>;
  /**
   * What has to be added to the manager's clock for the cloud's, in milliseconds, as the last answer of this process had it (its `Date`
   * header, exact to a second or so); undefined before the first one.
   */
  clockDifference(): number | undefined;
  /** @param spec `InstanceType`, or `Cpu` and `Memory`. */
  prices(spec: WireParameters, signal?: AbortSignal): Promise<readonly ZonePrice[]>;
}
