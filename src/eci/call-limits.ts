/** Calls that one account may make in one region: so many at once, and so many a second from then on. */
export interface CallLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * A tenth of the limits is left to others: people at the console, another manager's first calls, the way to ECI, which lets some calls catch up
 * with the ones before them.
 */
const OURS = 0.9;

const bucket = (burst: number, perSecond: number): CallLimit => ({ burst: burst * OURS, perSecond: perSecond * OURS });

/** Where ECI counts minutes, nobody knows from when on: the burst and a minute's calls together stay below the limit. */
const perMinute = (calls: number): CallLimit => ({ burst: calls * (1 - OURS), perSecond: (calls / 60) * OURS });

/** Of the actions that the driver calls (Alibaba Cloud: "Limits" and "Flow control information" of ECI). */
export const CALL_LIMITS: Readonly<Record<string, CallLimit>> = {
  CreateContainerGroup: bucket(100, 20),
  DeleteContainerGroup: bucket(100, 20),
  DescribeContainerGroups: perMinute(2000),
  DescribeContainerGroupPrice: perMinute(1000),
  DescribeContainerLog: perMinute(500),
};

/** Who may call when. */
export interface CallBudget {
  /** Resolves when it is this call's turn; rejects with the signal's reason. An action without a limit has its turn at once. */
  turn(action: string, signal?: AbortSignal): Promise<void>;
  /**
   * The cloud has refused a call because there were too many.
   * @param plannedAt when that call asked for its turn, in milliseconds since the epoch.
   */
  throttled(action: string, plannedAt: number): Promise<void>;
}

/** Every call at once: what is left are the pauses after throttled answers. */
export const NO_BUDGET: CallBudget = { turn: () => Promise.resolve(), throttled: () => Promise.resolve() };
