import type { AccountRulesChange } from './cloud/account.ts';
import type { PlatformEnd } from './cloud/platform-end.ts';
import type { LineCondition } from './machine.ts';
import type { RecordedCall, Report } from './report.ts';
import type { Scenario, StockRule } from './scenario.ts';
import type { Fault } from './wire/faults.ts';

/** An emulated account in one region, with its API on a loopback port: what tests see of it, and what they let go wrong. */
export interface Emulator {
  /** `127.0.0.1:PORT` */
  readonly endpoint: string;
  /** Folder of the machines. */
  readonly root: string;
  readonly scenario: Scenario;
  report(): Report;
  /** Every call so far. */
  requests(): readonly RecordedCall[];
  /** Lets the next calls of an action go wrong. */
  fault(fault: Fault): void;
  /** No call goes wrong any more. */
  clearFaults(): void;
  /** The cloud's time, in milliseconds since the epoch. */
  now(): number;
  /** Lets so much of the cloud's time pass: everything that is due happens in order. Machines and clients live on in real time. */
  advance(seconds: number): Promise<void>;
  /** The API's idea of the present time, for signatures: so many seconds ahead of the real one. */
  skewClock(seconds: number): void;
  /** From now on another token of temporary credentials counts as expired. */
  replaceSecurityToken(token: string): void;
  /** A rule that counts more than all before it. */
  setStock(rule: StockRule): void;
  changeAccount(rules: AccountRulesChange): void;
  /** Announces a spot reclaim and carries it out after the notice. @returns false when there is no such spot group that holds resources. */
  reclaim(id: string, noticeSeconds: number): boolean;
  /** Lets a group vanish, as if somebody deleted it in the console. @returns false when there is no such group. */
  removeGroup(id: string): boolean;
  /** The platform ends a group: its host fails, or the account owes money. @returns false when there is no such group that holds resources. */
  platformEnds(id: string, why: PlatformEnd): boolean;
  /** Out of memory: a whole container, or the scripts in it. @returns false when it does not run, or nothing was hit. */
  oom(id: string, container: string, scope: 'container' | 'script'): boolean;
  /** A container's first process ends. @returns false when it does not run. */
  endContainer(id: string, container: string, code: number): boolean;
  /** What happens to the connections of a group's agents. @returns false when there is no such group, or it has no machine. */
  connections(id: string, condition: LineCondition): boolean;
  /** Stops machines and server, removes what they left. */
  stop(): Promise<void>;
}
