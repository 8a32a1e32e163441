import type { CloudClock } from '../clock.ts';
import type { Scenario } from '../scenario.ts';
import { ApiError } from '../wire/api-error.ts';

export interface ImageCache {
  readonly id: string;
  readonly name: string;
  readonly images: readonly string[];
  /** Made by ECI after a miss. */
  readonly automatic: boolean;
  /** Of the scenario's, as it says; of the others it follows from the time. */
  readonly status: string;
  readonly createdAt: number;
}

type Kept = Omit<ImageCache, 'status'> & { readonly status?: string; readonly readyAt: number };

/** The image caches of the account: the scenario's, those that clients make, and those that ECI makes by itself after a miss. */
export class ImageCaches {
  private readonly clock: CloudClock;
  private readonly delay: number;
  private kept: readonly Kept[];
  private made = 0;

  constructor({ image_cache, delays }: Scenario, clock: CloudClock) {
    this.clock = clock;
    this.delay = delays.image_cache;
    const at = clock.now();
    this.kept = image_cache.map(({ id, status }) => {
      return { id, name: id, images: [], automatic: false, status, createdAt: at, readyAt: at };
    });
  }

  list(): readonly ImageCache[] {
    return this.kept.map(({ readyAt, ...cache }) => ({
      ...cache,
      status: cache.status ?? (readyAt <= this.clock.now() ? 'Ready' : 'Creating'),
    }));
  }

  /** @throws ApiError for an explicit cache that cannot be used. */
  check(id: string): void {
    const cache = this.list().find((each) => each.id === id);
    if (!cache) throw new ApiError(404, 'ImageSnapshot.NotFound', `The image cache ${id} does not exist.`);
    if (cache.status !== 'Ready') {
      throw new ApiError(400, 'ImageSnapshot.IncorrectStatus', `The image cache ${id} is ${cache.status}.`);
    }
  }

  /** One that holds all these images. */
  find(images: readonly string[]): string | undefined {
    return this.list().find(
      (each) =>
        each.status === 'Ready' && each.images.length > 0 && images.every((image) => each.images.includes(image)),
    )?.id;
  }

  /** After a miss: the platform keeps what it has just pulled. @returns the new cache's id. */
  keep(images: readonly string[]): string {
    return this.add('', [...new Set(images)], true, 0);
  }

  /** On demand: it takes its time. @returns the new cache's id. */
  create(name: string, images: readonly string[]): string {
    return this.add(name, images, false, this.delay * 1000);
  }

  /** @returns false when there is no such cache. */
  remove(id: string): boolean {
    const before = this.kept.length;
    this.kept = this.kept.filter((each) => each.id !== id);
    return this.kept.length < before;
  }

  private add(name: string, images: readonly string[], automatic: boolean, delay: number): string {
    const id = `imc-emu${String(++this.made).padStart(6, '0')}`;
    const createdAt = this.clock.now();
    this.kept = [...this.kept, { id, name: name || id, images, automatic, createdAt, readyAt: createdAt + delay }];
    return id;
  }
}
