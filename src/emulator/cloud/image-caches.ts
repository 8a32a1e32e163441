import type { CloudClock } from '../clock.ts';
import type { Scenario } from '../scenario.ts';
import { ApiError } from '../wire/api-error.ts';

/** What a client says of a cache that it wants. */
export interface WantedCache {
  readonly name: string;
  readonly images: readonly string[];
  /** GiB. */
  readonly size: number;
  readonly retentionDays: number | undefined;
  /** May make room for another one when the quota is reached. */
  readonly evictable: boolean;
  readonly resourceGroup: string;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
}

type CacheStatus = 'Preparing' | 'Creating' | 'Ready' | 'Failed' | 'Updating' | 'UpdateFailed';

export interface ImageCache extends WantedCache {
  readonly id: string;
  /** The group that makes it; not one that Describe shows. */
  readonly groupId: string;
  /** Made by ECI after a miss. */
  readonly automatic: boolean;
  readonly status: CacheStatus;
  /** Per cent. */
  readonly progress: number;
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly matchedAt: number | undefined;
}

interface Kept extends WantedCache {
  readonly id: string;
  readonly automatic: boolean;
  /** The scenario's word, which stays. */
  readonly fixed?: CacheStatus;
  readonly createdAt: number;
  /** The work that is under way, or was the last one. */
  readonly begunAt: number;
  readonly readyAt: number;
  readonly updates: number;
  readonly matchedAt: number | undefined;
}

const DAY = 86_400_000;
/** GiB, when nobody says another size. */
export const DEFAULT_SIZE = 20;
/** Of each kind: by hand and automatic (the reference's sample of ListUsage). */
export const MOST_CACHES = 50;

/** The image caches of the account: the scenario's, those that clients make, and those that ECI makes by itself after a miss. */
export class ImageCaches {
  private readonly scenario: Scenario;
  private readonly clock: CloudClock;
  private kept: readonly Kept[];
  private readonly ids: string[];
  private made = 0;

  constructor(scenario: Scenario, clock: CloudClock) {
    this.scenario = scenario;
    this.clock = clock;
    const at = clock.now();
    this.kept = scenario.image_cache.map(({ id, status }) => ({
      ...plain(id, []),
      ...workedOn(at, 0),
      id,
      automatic: false,
      fixed: status,
      createdAt: at,
      updates: 0,
      matchedAt: undefined,
    }));
    this.ids = this.kept.map((each) => each.id);
  }

  /** Ids of every cache that there ever was, in order. */
  get order(): readonly string[] {
    return this.ids;
  }

  list(): readonly ImageCache[] {
    return this.kept.map((each) => this.show(each)).filter(({ expiresAt = Infinity }) => this.clock.now() < expiresAt);
  }

  /** @throws ApiError for an explicit cache that cannot be used. */
  check(id: string): void {
    const cache = this.find(id);
    if (!cache) throw new ApiError(404, 'ImageSnapshot.NotFound', `The image cache ${id} does not exist.`);
    if (cache.status !== 'Ready') {
      throw new ApiError(400, 'ImageSnapshot.IncorrectStatus', `The image cache ${id} is ${cache.status}.`);
    }
  }

  find(id: string): ImageCache | undefined {
    return this.list().find((each) => each.id === id);
  }

  /** @returns one that holds all these images. */
  match(images: readonly string[]): string | undefined {
    const fits = (held: readonly string[]): boolean => held.length > 0 && images.every((image) => held.includes(image));
    return this.list().find((each) => each.status === 'Ready' && fits(each.images))?.id;
  }

  /** A group uses it. */
  used(id: string): void {
    this.change(id, { matchedAt: this.clock.now() });
  }

  /** After a miss: the platform keeps what it has just pulled. @returns the new cache's id. */
  keep(images: readonly string[]): string {
    return this.add(plain('', [...new Set(images)]), true, 0);
  }

  /** On demand: it takes its time. @returns the new cache. @throws ApiError when the quota is reached and none may go. */
  create(wanted: WantedCache): ImageCache {
    this.makeRoom();
    const id = this.add(wanted, false, this.scenario.delays.image_cache * 1000);
    return this.find(id) as ImageCache;
  }

  /** The id stays, which no page tells. @throws ApiError in a state other than those two. */
  update(id: string, wanted: Partial<WantedCache>): void {
    const cache = this.find(id);
    if (!cache) throw unknown(id);
    if (cache.status !== 'Ready' && cache.status !== 'UpdateFailed') {
      throw new ApiError(400, 'IncorrectStatus', `The image cache ${id} is ${cache.status}.`);
    }
    const updates = 1 + (this.kept.find((each) => each.id === id)?.updates ?? 0);
    const work = workedOn(this.clock.now(), this.scenario.delays.image_cache * 1000);
    this.change(id, { ...wanted, ...work, updates });
  }

  /** @throws ApiError when there is no such cache. */
  remove(id: string): void {
    if (!this.find(id)) throw unknown(id);
    this.kept = this.kept.filter((each) => each.id !== id);
  }

  private add(wanted: WantedCache, automatic: boolean, delay: number): string {
    const id = `imc-emu${String(++this.made).padStart(6, '0')}`;
    this.ids.push(id);
    const at = this.clock.now();
    const name = wanted.name || id;
    const made = { ...wanted, ...workedOn(at, delay), name, id, automatic, createdAt: at };
    this.kept = [...this.kept, { ...made, updates: 0, matchedAt: undefined }];
    return id;
  }

  private change(id: string, change: Partial<Kept>): void {
    this.kept = this.kept.map((each) => (each.id === id ? { ...each, ...change } : each));
  }

  /** The one that was matched least recently goes, of those that may. */
  private makeRoom(): void {
    const own = this.list().filter((each) => !each.automatic);
    if (own.length < MOST_CACHES) return;
    const [oldest] = own
      .filter((each) => each.evictable)
      .sort((a, b) => (a.matchedAt ?? a.createdAt) - (b.matchedAt ?? b.createdAt));
    if (!oldest) throw new ApiError(403, 'QuotaExceeded', 'ImageCache quota exceeded.');
    this.remove(oldest.id);
  }

  private show({ fixed, begunAt, readyAt, updates, ...cache }: Kept): ImageCache {
    const now = this.clock.now();
    const share = readyAt <= now ? 1 : (now - begunAt) / (readyAt - begunAt);
    const status = fixed !== undefined && updates === 0 ? fixed : this.statusOf(cache.images, updates > 0, share);
    // Failed ones are kept for a day (RetentionDays in the reference of CreateImageCache).
    const days = status === 'Failed' && fixed === undefined ? 1 : cache.retentionDays;
    return {
      ...cache,
      groupId: cache.id.replace('imc-', 'eci-imc'),
      status,
      progress: status === 'Ready' ? 100 : Math.floor(share * 100) % 100,
      expiresAt: days === undefined ? undefined : cache.createdAt + days * DAY,
    };
  }

  /** Images are pulled in the first half, which fails as it would for a group; then the snapshot is made. */
  private statusOf(images: readonly string[], updated: boolean, share: number): CacheStatus {
    const rule = (name: string) => this.scenario.image.find((each) => each.name === name);
    const broken = images.some((image) =>
      ['not-found', 'unauthorized', 'invalid-name'].includes((rule(image) ?? rule('*'))?.pull ?? 'ok'),
    );
    if (broken && share >= 0.5) return updated ? 'UpdateFailed' : 'Failed';
    if (share === 1) return 'Ready';
    if (updated) return 'Updating';
    return share < 0.5 ? 'Preparing' : 'Creating';
  }
}

const workedOn = (at: number, delay: number) => ({ begunAt: at, readyAt: at + delay });

const plain = (name: string, images: readonly string[]): WantedCache => ({
  name,
  images,
  size: DEFAULT_SIZE,
  retentionDays: undefined,
  evictable: false,
  resourceGroup: '',
  tags: [],
});

/** No page tells the code for an id that does not exist; this one is the emulator's choice, as in DeleteContainerGroup. */
const unknown = (id: string): ApiError =>
  new ApiError(404, 'InvalidParameter.NotFound', `The image cache ${id} does not exist.`);
