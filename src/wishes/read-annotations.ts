import type { Settings } from '../settings/schema.ts';
import { isEipMade, OF_MADE_EIP } from '../settings/sections/pod-checks.ts';
import { BadValue } from './annotation-values.ts';
import { ANNOTATIONS, type Overlay, PREFIX } from './annotations.ts';
import { refusedWish } from './refused-wish.ts';
import { changedPaths, type Source, type Sources } from './sources.ts';

const VARIABLE_PREFIX = 'KUBERNETES_POD_ANNOTATIONS_';

/** Our own name of an annotation, for pipelines that start fresh: `ECI_SPOT_STRATEGY` is `k8s.aliyun.com/eci-spot-strategy`. */
const OWN_NAMES: ReadonlyMap<string, string> = new Map(
  Object.keys(ANNOTATIONS).map((name) => [
    `${name.startsWith('eci-') ? '' : 'ECI_'}${name.replaceAll('-', '_').toUpperCase()}`,
    `${PREFIX}${name}`,
  ]),
);

/** What is known of Kubernetes, and cannot be asked of a container group when it is created. */
const IMAGE_CACHE_OBJECT = /^k8s\.aliyun\.com\/imc-/;

interface ReadAnnotations {
  readonly settings: Settings;
  readonly lines: readonly string[];
  /** Variables that no allow-list allows. */
  readonly ignored: readonly string[];
  /** Of what differs from the settings that were given. */
  readonly sources: Sources;
}

/**
 * The job's annotations, as far as the operator's allow-list allows them. As in the Kubernetes executor the expression is searched in the
 * whole `key=value`, unanchored; an unset one switches the variables off.
 * @param variables the job's, in the runner's order: a later annotation wins.
 * @throws DriverError (user) for one that is not `key=value`, not allowed, or not understood.
 */
export function readAnnotations(
  variables: readonly (readonly [string, string])[],
  settings: Settings,
): ReadAnnotations {
  const wishes = variables.flatMap(([variable, value]) => {
    if (variable.startsWith(VARIABLE_PREFIX)) return [{ variable, value, text: value }];
    const key = OWN_NAMES.get(variable);
    // An empty value is how a pipeline takes a wish back.
    return key === undefined || value === '' ? [] : [{ variable, value, text: `${key}=${value}` }];
  });
  const allowed = settings.pod_annotations_overwrite_allowed;
  if (allowed === undefined)
    return { settings, lines: [], ignored: wishes.map((each) => each.variable), sources: new Map() };

  let changed = settings;
  let hasLimit = false;
  const lines: string[] = [];
  const cacheWishes: string[] = [];
  const unknown: string[] = [];
  const sources = new Map<string, Source>();
  for (const { variable, value, text } of wishes) {
    if (!new RegExp(allowed).test(text)) {
      throw refusedWish(variable, value, `"${text}" does not match pod_annotations_overwrite_allowed, "${allowed}"`);
    }
    const [, key = '', setting = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    if (key === '') throw refusedWish(variable, value, 'it is not KEY=VALUE');
    const name = key.startsWith(PREFIX) ? key.slice(PREFIX.length) : '';
    const read = Object.hasOwn(ANNOTATIONS, name) ? ANNOTATIONS[name] : undefined;
    if (!read) {
      (IMAGE_CACHE_OBJECT.test(key) ? cacheWishes : unknown).push(key);
      continue;
    }
    try {
      const before = changed;
      changed = lay(changed, read(setting.trim(), changed));
      for (const path of changedPaths(before, changed)) sources.set(path, { variable, value });
    } catch (error) {
      throw error instanceof BadValue ? refusedWish(variable, value, error.message) : error;
    }
    hasLimit ||= name === 'eci-spot-price-limit';
    lines.push(`"PodAnnotations" "${key}" overwritten with "${setting}"`);
  }
  checkPriceLimit(changed);
  if (hasLimit && changed.spot.strategy !== 'SpotWithPriceLimit') unknown.push(`${PREFIX}eci-spot-price-limit`);
  return {
    settings: withoutOthersAddress(changed, settings),
    lines: [...lines, ...withoutEffect(cacheWishes, unknown)],
    ignored: [],
    sources,
  };
}

/** What the operator says of the address that is made for each group is not said of one that a job has in its place, or of none. */
function withoutOthersAddress(changed: Settings, given: Settings): Settings {
  if (changed.eip === given.eip || isEipMade(changed)) return changed;
  const others = OF_MADE_EIP.filter((key) => changed.eip[key] === given.eip[key]);
  return { ...changed, eip: { ...changed.eip, ...Object.fromEntries(others.map((key) => [key, undefined])) } };
}

function lay(settings: Settings, { settings: change = {}, parameters }: Overlay): Settings {
  const { spot, ...rest } = change;
  return {
    ...settings,
    ...rest,
    ...(spot === undefined ? {} : { spot: { ...settings.spot, ...spot } }),
    ...(parameters === undefined ? {} : { parameters: { ...settings.parameters, ...parameters } }),
  };
}

/** A strategy may come without a limit of its own, when the settings have none either. */
function checkPriceLimit({ spot }: Settings): void {
  if (spot.strategy !== 'SpotWithPriceLimit' || spot.price_limit !== undefined) return;
  const name = `${PREFIX}eci-spot-strategy`;
  throw refusedWish(name, spot.strategy, `it needs ${PREFIX}eci-spot-price-limit beside it`);
}

function withoutEffect(cacheWishes: readonly string[], unknown: readonly string[]): string[] {
  return [
    ...(cacheWishes.length === 0
      ? []
      : [
          `Without effect: ${cacheWishes.join(', ')}. Image caches that ECI makes by itself cannot be given these when a group is created.`,
        ]),
    ...(unknown.length === 0
      ? []
      : [`Without effect, as the create call of ECI has no place for it: ${unknown.join(', ')}.`]),
  ];
}
