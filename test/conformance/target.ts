import type { Endpoint } from './wire.ts';

/** How a container has ended. */
export interface ContainerEnd {
  readonly code: number;
}

/** One container's agent. */
export interface AgentTarget extends Endpoint {
  /** The word given to `serve --container`. */
  readonly container: string;
  /** A private key that has to be refused. */
  readonly otherKey: string;
  /** The container has Linux's /proc. */
  readonly hasProc: boolean;
  /** The platform's TERM to PID 1. Resolves when the agent has ended. Absent where the suite cannot reach the platform. */
  readonly stop?: () => Promise<ContainerEnd>;
  /** Resolves when the agent has ended, by itself or not. */
  readonly ended?: () => Promise<ContainerEnd>;
  close(): Promise<void>;
}

/** Seconds, for a container whose life is short. Targets that have no `ended` ignore them. */
export interface Lifetimes {
  readonly maxLifetime?: number;
  readonly abandonAfter?: number;
}

export type StartTarget = (lifetimes?: Lifetimes) => Promise<AgentTarget>;
