import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { CloudClock } from '../clock.ts';
import type { MachineKind, MachineSpec } from '../machine.ts';
import { groupsFolder } from '../root-folder.ts';
import type { Scenario } from '../scenario.ts';
import { Account } from './account.ts';
import { takeAddress } from './addresses.ts';
import { ClientTokens } from './client-tokens.ts';
import { GroupLife } from './group-life.ts';
import type { GroupState } from './group-state.ts';
import { ImageCaches } from './image-caches.ts';
import { ImagePulls } from './image-pulls.ts';
import { keptRecords } from './kept-records.ts';
import { type GroupAddresses, machineSpec } from './machine-spec.ts';
import { Market } from './market.ts';
import type { SpotMarket } from './spot-watch.ts';
import { type Capacity, namesOf } from './pricing.ts';
import { Stock, type StockAnswer } from './stock.ts';
import { Throttle } from './throttle.ts';

/** The account's container groups and what they are made from. The actions work on this. */
export class Cloud {
  readonly scenario: Scenario;
  readonly clock: CloudClock;
  readonly machines: MachineKind;
  readonly stock: Stock;
  readonly imageCaches: ImageCaches;
  readonly tokens = new ClientTokens();
  readonly account: Account;
  readonly throttle: Throttle;
  readonly market: Market;
  private readonly root: string;
  private readonly pulls: ImagePulls;
  /** Every group ever made, in order; a group that is gone stays for the report. */
  private readonly lives: GroupLife[] = [];

  constructor(scenario: Scenario, root: string, machines: MachineKind, clock: CloudClock) {
    this.scenario = scenario;
    this.root = root;
    this.machines = machines;
    this.clock = clock;
    this.stock = new Stock(scenario);
    this.account = new Account(scenario);
    this.market = new Market(scenario, clock);
    this.throttle = new Throttle(scenario, () => clock.now());
    this.imageCaches = new ImageCaches(scenario, clock);
    this.pulls = new ImagePulls(scenario, clock, this.imageCaches, (image) => machines.hasImage?.(image) ?? true);
  }

  newId(): string {
    return `eci-emu${randomBytes(8).toString('hex')}`;
  }

  begin(group: GroupState, stock: StockAnswer): void {
    this.lives.push(
      new GroupLife(group, stock, {
        scenario: this.scenario,
        clock: this.clock,
        pulls: this.pulls,
        market: (group) => this.marketOf(group),
        machines: this.machines,
        takeAddress,
        machineSpec: (each, addresses) => this.machineSpec(each, addresses),
      }),
    );
  }

  /** Per hour. In its protection a spot group keeps the price of its purchase, afterwards it pays the market's. */
  priceOf(group: GroupState, at: number): number {
    const { capacity, vswitch, createdAt, spot, protectedUntil } = group;
    if (!spot) return capacity.listPricePerHour;
    return this.market.spotPrice(vswitch.zone, capacity, at < protectedUntil ? createdAt : at);
  }

  /** What the market has left counts first, then the scenario's rules. @param intent a look does not use up an answer. */
  inStock(zone: string, capacity: Capacity, policy: 'spot' | 'on-demand', intent: 'take' | 'look'): StockAnswer {
    if (this.market.isOut(zone, capacity, policy)) return this.stock.none();
    const { cpu, memory, instanceType } = capacity;
    const taken = this.groups().filter(
      (group) =>
        !group.isFinal &&
        group.vswitch.zone === zone &&
        group.capacity.instanceType === instanceType &&
        group.capacity.cpu === cpu &&
        group.capacity.memory === memory &&
        group.spot === (policy === 'spot'),
    ).length;
    return this.stock.ask({ zone, names: namesOf(capacity), policy }, intent, taken);
  }

  /** What a running spot group meets: the price of its place, and whether there is stock at the moment. */
  private marketOf({ vswitch: { zone }, capacity }: GroupState): SpotMarket {
    return {
      price: () => this.market.spotPrice(zone, capacity),
      hasStock: () =>
        !this.market.isOut(zone, capacity, 'spot') &&
        this.stock.ask({ zone, names: namesOf(capacity), policy: 'spot' }, 'now', 0).kind !== 'no-stock',
    };
  }

  /** Each group takes one address of its vSwitch, until it has ended. */
  freeAddresses({ id, addresses }: Scenario['vswitch'][number]): number {
    return addresses - this.groups().filter((group) => group.vswitch.id === id && !group.isFinal).length;
  }

  /** Groups that Describe shows: also ended ones, for as long as their records are kept. */
  groups(): readonly GroupState[] {
    return keptRecords(
      this.allGroups().filter((group) => !group.gone),
      this.clock.now(),
    );
  }

  /** Every group ever made, in order. */
  allGroups(): readonly GroupState[] {
    return this.lives.map((life) => life.group);
  }

  life(id: string): GroupLife | undefined {
    return this.lives.find((life) => life.group.id === id && !life.group.gone);
  }

  /** Stops every machine at once; for the emulator's own end. @throws Error when a machine left something behind. */
  async stop(): Promise<void> {
    const outcomes = await Promise.allSettled(this.lives.map((life) => life.settle()));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  machineSpec(group: GroupState, addresses: GroupAddresses): MachineSpec {
    return machineSpec(group, addresses, {
      folder: join(groupsFolder(this.root), group.id),
      scenario: this.scenario,
      quirksOf: (image) => this.pulls.quirksOf(image),
    });
  }
}
