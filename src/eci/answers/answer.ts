import type { Fault } from '../../driver-error.ts';

/** What the driver does about an answer of the cloud. */
export type Meaning =
  /** Nothing for this zone, type and policy: the next attempt of the plan. */
  | 'next'
  /** Nothing to be had in this zone or vSwitch: skip what is left of it. */
  | 'next-zone'
  /** This type cannot be used at all: skip it in every zone. */
  | 'next-spec'
  /** A passing fault: the same request again, after a pause. */
  | 'repeat'
  /** May pass, but rarely does: the same request again a single time. */
  | 'repeat-once'
  /** Find the credentials anew and repeat, a single time. */
  | 'renew'
  /** An account's limit that our own jobs fill: wait until one ends. */
  | 'wait'
  /** The same attempt, a single time, without the image cache that the settings name. */
  | 'without-image-cache'
  /** The same attempt, a single time, with the other SpotDuration. */
  | 'other-spot-duration'
  /** Success although it comes as an error. */
  | 'done'
  /** Nothing that we could try helps. */
  | 'give-up';

/** The kind of trouble; several rows of the table may be of one kind. */
type AnswerClass =
  | 'stock'
  | 'spec'
  | 'quota'
  | 'throttle'
  | 'transient'
  | 'auth'
  | 'billing'
  | 'account'
  | 'bad request'
  /** Our own mistake. */
  | 'driver'
  | 'option'
  | 'gone'
  | 'image'
  | 'container'
  | 'success';

/** `owner`: whoever the container in question belongs to. The build container is the job's, helper and agent are the operator's. */
export type AnswerFault = Fault | 'owner';

export interface Answer {
  readonly class: AnswerClass;
  readonly means: Meaning;
  /** In the job log. */
  readonly say: string;
  readonly fault: AnswerFault;
  readonly hint?: string;
}

/** One row of the table: an answer, and what is recognised as it. Every condition that is there must fit. */
export interface AnswerRow extends Answer {
  /** Codes, event reasons or container reasons; a `*` in front or behind stands for anything. Any code when not given. */
  readonly codes?: readonly string[];
  readonly text?: RegExp;
  readonly httpStatus?: number;
  /** HTTP statuses from this one on (and 429, which is younger than the rest). */
  readonly httpStatusFrom?: number;
}
