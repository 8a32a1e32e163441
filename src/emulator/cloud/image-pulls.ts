import type { CloudClock } from '../clock.ts';
import type { ImageRule, Scenario } from '../scenario.ts';
import type { GroupState } from './group-state.ts';

const LONGEST_BACK_OFF = 300;

/** Texts as registries and container runtimes word them. */
const PULL_ERRORS: Readonly<Record<'not-found' | 'unauthorized' | 'timeout', string>> = {
  'not-found': 'rpc error: code = NotFound desc = failed to resolve reference: not found',
  unauthorized: 'failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized',
  timeout: 'failed to do request: dial tcp: i/o timeout',
};

/** Pulls images as the kubelet does, with its states, events and growing pauses, and keeps the image caches of the account. */
export class ImagePulls {
  private readonly scenario: Scenario;
  private readonly clock: CloudClock;
  /** By the images of a group: ECI makes a cache by itself after a miss, for the next group. */
  private readonly caches = new Map<string, string>();

  constructor(scenario: Scenario, clock: CloudClock) {
    this.scenario = scenario;
    this.clock = clock;
  }

  ruleOf(image: string): ImageRule | undefined {
    return (
      this.scenario.image.find((each) => each.name === image) ?? this.scenario.image.find((each) => each.name === '*')
    );
  }

  /** All images of a group. Never resolves while one of them cannot be pulled. */
  async pullAll(group: GroupState, signal: AbortSignal): Promise<void> {
    const { InitContainer, Container, AutoMatchImageCache } = group.request;
    const containers = [...InitContainer, ...Container];
    const key = [...new Set(containers.map((each) => each.Image))].sort().join(' ');
    const cache = AutoMatchImageCache ? this.caches.get(key) : undefined;
    if (AutoMatchImageCache) {
      if (cache) {
        group.event(
          'Normal',
          'SuccessfulHitImageCache',
          `[eci.imagecache]Successfully hit image cache ${cache}, eci will be scheduled with this image cache.`,
        );
      } else group.event('Warning', 'ImageCacheMissed', '[eci.imagecache]Missed image cache.');
    }
    for (const container of containers) group.waiting(container.Name, 'ContainerCreating');
    await Promise.all(containers.map((each) => this.pull(each.Name, each.Image, cache !== undefined, group, signal)));
    if (AutoMatchImageCache && !cache) this.caches.set(key, `imc-emu${String(this.caches.size + 1).padStart(6, '0')}`);
  }

  private async pull(
    container: string,
    image: string,
    cached: boolean,
    group: GroupState,
    signal: AbortSignal,
  ): Promise<void> {
    const rule = this.ruleOf(image);
    const pull = rule?.pull ?? 'ok';
    const { delays } = this.scenario;
    if (pull === 'invalid-name') {
      group.waiting(
        container,
        'InvalidImageName',
        `Failed to apply default image tag "${image}": couldn't parse image reference`,
      );
      return this.never(signal);
    }
    let backOff = delays.pull_back_off;
    for (let attempt = 1; ; attempt++) {
      group.event('Normal', 'Pulling', `Pulling image "${image}"`);
      const seconds = rule?.pull_seconds ?? (cached || pull === 'cached' ? delays.cached_pull : delays.image_pull);
      await this.clock.sleep(seconds * 1000, signal);
      const fails =
        pull === 'not-found' || pull === 'unauthorized' || (pull === 'timeout' && attempt <= (rule?.failures ?? 1));
      if (!fails) {
        group.event('Normal', 'Pulled', `Successfully pulled image "${image}" in ${seconds}s`);
        group.waiting(container, 'ContainerCreating');
        return;
      }
      const message = `Failed to pull image "${image}": ${PULL_ERRORS[pull]}`;
      group.event('Warning', 'Failed', message);
      group.waiting(container, 'ErrImagePull', message);
      await this.clock.sleep((backOff * 1000) / 2, signal);
      group.event('Warning', 'BackOff', `Back-off pulling image "${image}"`);
      group.waiting(container, 'ImagePullBackOff', `Back-off pulling image "${image}"`);
      await this.clock.sleep((backOff * 1000) / 2, signal);
      backOff = Math.min(LONGEST_BACK_OFF, backOff * 2);
    }
  }

  private never(signal: AbortSignal): Promise<void> {
    return new Promise((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    );
  }
}
