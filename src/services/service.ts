import { DriverError } from '../driver-error.ts';
import type { RunAs } from '../group/run-as.ts';

/** Who has asked for a service: it decides who has to act when it cannot be had. */
export type ServiceOwner = 'job' | 'settings';

export interface EnvironmentVariable {
  readonly key: string;
  readonly value: string;
}

/** A service of a job as its container group gets it; everything is checked against ECI's limits. */
export interface Service {
  /** Name of its container. */
  readonly container: string;
  /** As the author wrote it. */
  readonly image: string;
  readonly pullPolicies: readonly string[];
  readonly owner: ServiceOwner;
  /** Those that the author gave. */
  readonly aliases: readonly string[];
  /** Names by which all containers of the group find it. */
  readonly hosts: readonly string[];
  /** In place of the image's entrypoint; empty: the image's own. */
  readonly command: readonly string[];
  /** In place of the image's command; empty: the image's own, unless `command` is given. */
  readonly args: readonly string[];
  /** Its own variables, filled in. */
  readonly variables: readonly EnvironmentVariable[];
  /** All that its container gets: the job's public ones and its own. */
  readonly environment: readonly EnvironmentVariable[];
  /** TCP ports that it declares. */
  readonly ports: readonly number[];
  /** Answers when the service can be used (variable HEALTHCHECK_TCP_PORT). */
  readonly healthPort: number | undefined;
  readonly runAs: RunAs;
}

/** A service that cannot be had as it is written. The operator's are theirs to mend. */
export const refusedService = (owner: ServiceOwner, sentence: string, hint: string): DriverError =>
  new DriverError(owner === 'job' ? 'user' : 'operator', sentence, { hint });
