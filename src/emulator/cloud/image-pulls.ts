import type { ContainerParameters, InitContainerParameters } from '../actions/container-parameters.ts';
import type { CloudClock } from '../clock.ts';
import type { AgentQuirks } from '../machine.ts';
import type { ImageRule, Scenario } from '../scenario.ts';
import type { GroupState } from './group-state.ts';
import type { ImageCaches } from './image-caches.ts';
import { Registries } from './registries.ts';

/** Of the kubelet, in seconds. */
const LONGEST_BACK_OFF = 300;

/** Texts as registries and container runtimes word them. */
const PULL_ERRORS: Readonly<Record<'not-found' | 'unauthorized' | 'timeout' | 'garbage' | 'no-variant', string>> = {
  'not-found': 'rpc error: code = NotFound desc = failed to resolve reference: not found',
  unauthorized: 'failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized',
  timeout: 'failed to do request: dial tcp: i/o timeout',
  garbage: "failed to decode the manifest: invalid character '<' looking for beginning of value",
  'no-variant':
    'rpc error: code = NotFound desc = failed to unpack image: no match for platform in manifest: not found',
};

type Outcome = ImageRule['pull'] | 'no-variant';

const isPassing = (pull: Outcome): pull is 'timeout' | 'garbage' => pull === 'timeout' || pull === 'garbage';

type AnyContainer = ContainerParameters | InitContainerParameters;

/** Pulls images as the kubelet does, with its states, events and growing pauses. */
export class ImagePulls {
  private readonly scenario: Scenario;
  private readonly clock: CloudClock;
  private readonly caches: ImageCaches;
  private readonly registries: Registries;
  private readonly exists: (image: string) => boolean;

  /** @param exists whether the machines can have an image; a rule of the scenario for it can still keep it from them. */
  constructor(scenario: Scenario, clock: CloudClock, caches: ImageCaches, exists: (image: string) => boolean) {
    this.scenario = scenario;
    this.clock = clock;
    this.caches = caches;
    this.registries = new Registries(scenario.registry);
    this.exists = exists;
  }

  ruleOf(image: string): ImageRule | undefined {
    return (
      this.scenario.image.find((each) => each.name === image) ?? this.scenario.image.find((each) => each.name === '*')
    );
  }

  quirksOf(image: string): AgentQuirks {
    const rule = this.ruleOf(image);
    return {
      deaf: rule?.ssh === 'never',
      foreignHostKey: rule?.host_key === 'wrong',
      protocolVersion: rule?.protocol_version,
    };
  }

  /** All images of a group. Never resolves while one of them cannot be pulled. */
  async pullAll(group: GroupState, signal: AbortSignal): Promise<void> {
    const { InitContainer, Container, AutoMatchImageCache, ImageSnapshotId } = group.request;
    const containers = [...InitContainer, ...Container];
    const images = containers.map((each) => each.Image);
    const cache = ImageSnapshotId ?? (AutoMatchImageCache ? this.caches.match(images) : undefined);
    if (cache !== undefined) {
      this.caches.used(cache);
      group.event(
        'Normal',
        'SuccessfulHitImageCache',
        `[eci.imagecache]Successfully hit image cache ${cache}, eci will be scheduled with this image cache.`,
      );
    } else if (AutoMatchImageCache) group.event('Warning', 'ImageCacheMissed', '[eci.imagecache]Missed image cache.');
    for (const container of containers) group.waiting(container.Name, 'ContainerCreating');
    await Promise.all(containers.map((each) => this.pull(each, cache !== undefined, group, signal)));
    if (AutoMatchImageCache && cache === undefined) {
      const made = this.caches.keep(images);
      group.event('Normal', 'ImageCacheAutoCreated', `[eci.imagecache]Image cache ${made} is auto created`);
    }
  }

  private async pull(
    { Name, Image, ImagePullPolicy }: AnyContainer,
    cached: boolean,
    group: GroupState,
    signal: AbortSignal,
  ): Promise<void> {
    const rule = this.ruleOf(Image);
    const pull = this.outcome(Image, group.request.CpuArchitecture);
    const { delays } = this.scenario;
    const present = (cached && (pull === 'ok' || isPassing(pull))) || pull === 'cached';
    if (pull === 'invalid-name') {
      const message = `Failed to apply default image tag "${Image}": couldn't parse image reference`;
      return this.never(Name, 'InvalidImageName', message, group, signal);
    }
    if (ImagePullPolicy === 'Never' && !present) {
      const message = `Container image "${Image}" is not present with pull policy of Never`;
      return this.never(Name, 'ErrImageNeverPull', message, group, signal);
    }
    const seconds = rule?.pull_seconds ?? (present ? delays.cached_pull : delays.image_pull);
    if (present && ImagePullPolicy !== 'Always') {
      await this.clock.sleep(seconds * 1000, signal);
      group.event('Normal', 'Pulled', `Container image "${Image}" already present on machine`);
      return;
    }
    let backOff = delays.pull_back_off;
    for (let attempt = 1; ; attempt++) {
      group.event('Normal', 'Pulling', `Pulling image "${Image}"`);
      await this.clock.sleep(seconds * 1000, signal);
      const fails =
        pull === 'not-found' ||
        pull === 'unauthorized' ||
        pull === 'no-variant' ||
        (isPassing(pull) && attempt <= (rule?.failures ?? 1));
      const error = fails ? PULL_ERRORS[pull] : this.registries.refusal(Image, group.request);
      if (error === undefined) {
        group.event('Normal', 'Pulled', `Successfully pulled image "${Image}" in ${seconds}s`);
        group.waiting(Name, 'ContainerCreating');
        return;
      }
      const message = `Failed to pull image "${Image}": ${error}`;
      group.event('Warning', 'Failed', message);
      group.waiting(Name, 'ErrImagePull', message);
      await this.clock.sleep((backOff * 1000) / 2, signal);
      group.event('Warning', 'BackOff', `Back-off pulling image "${Image}"`);
      group.waiting(Name, 'ImagePullBackOff', `Back-off pulling image "${Image}"`);
      await this.clock.sleep((backOff * 1000) / 2, signal);
      backOff = Math.min(LONGEST_BACK_OFF, backOff * 2);
    }
  }

  /** Images whose containers end by a rule need no machine. */
  private outcome(image: string, architecture: 'AMD64' | 'ARM64' = 'AMD64'): Outcome {
    const { pull = 'ok', exit_code, architectures } = this.ruleOf(image) ?? {};
    const comes = pull === 'ok' || pull === 'cached' || isPassing(pull);
    if (comes && architectures?.every((each) => each.toUpperCase() !== architecture)) return 'no-variant';
    return comes && exit_code === undefined && !this.exists(image) ? 'not-found' : pull;
  }

  /** What another attempt cannot mend; the group waits all the same. */
  private never(name: string, reason: string, message: string, group: GroupState, signal: AbortSignal): Promise<void> {
    group.event('Warning', 'Failed', `Error: ${reason}`);
    group.waiting(name, reason, message);
    return new Promise((_, reject) => {
      if (signal.aborted) reject(signal.reason as Error);
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }
}
