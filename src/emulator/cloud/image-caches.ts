import type { Scenario } from '../scenario.ts';
import { ApiError } from '../wire/api-error.ts';

/** The image caches of the account: the scenario's, and those that ECI makes by itself after a miss. */
export class ImageCaches {
  private readonly scenario: Scenario;
  /** By the images that they hold. */
  private readonly automatic = new Map<string, string>();

  constructor(scenario: Scenario) {
    this.scenario = scenario;
  }

  /** @throws ApiError for an explicit cache that cannot be used. */
  check(id: string): void {
    const cache = this.scenario.image_cache.find((each) => each.id === id);
    if (!cache && ![...this.automatic.values()].includes(id)) {
      throw new ApiError(404, 'ImageSnapshot.NotFound', `The image cache ${id} does not exist.`);
    }
    if (cache && cache.status !== 'Ready') {
      throw new ApiError(400, 'ImageSnapshot.IncorrectStatus', `The image cache ${id} is ${cache.status}.`);
    }
  }

  find(images: readonly string[]): string | undefined {
    return this.automatic.get(keyOf(images));
  }

  /** @returns the new cache's id. */
  make(images: readonly string[]): string {
    const id = `imc-emu${String(this.automatic.size + 1).padStart(6, '0')}`;
    this.automatic.set(keyOf(images), id);
    return id;
  }
}

const keyOf = (images: readonly string[]): string => [...new Set(images)].sort().join(' ');
