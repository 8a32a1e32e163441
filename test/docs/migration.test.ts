import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/settings/parse.ts';
import { SettingsSchema } from '../../src/settings/schema.ts';
import { applyWishes } from '../../src/wishes/apply-wishes.ts';
import { blocks, codes, read, tables } from './pages.ts';
import { settingsKeys } from './settings-keys.ts';

/** The lines that say something: a key with a value. */
const theirs = (await read('test/docs/values-custom.yaml'))
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => /^[^#].*(?:: | = )[^|]/.test(line));

/** `key = value`, or a key that only a name with an underscore can be. */
const KEY = /^(?:([a-z_.]+) = .+|([a-z]+_[a-z_]+))$/;
const keyOf = (code: string): string | undefined => KEY.exec(code)?.slice(1).find(Boolean);

/** Keys at any depth. */
const keysIn = (value: unknown): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [key, ...keysIn(inner)])
    : [];

describe.each(['docs/migrating-from-ack.md', 'docs/migrating-from-ack.zh-CN.md'])('%s', async (page) => {
  const text = await read(page);
  const [values = [], working = [], withoutEffect = []] = tables(text);
  const [ours = '', runner = ''] = blocks(text).map(({ code }) => code);
  const parsed = parseSettings(ours);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const { settings } = parsed;

  /** What a job with this annotation or variable reads in its log. */
  const told = (code: string): string => {
    const [name, value] = code.startsWith('k8s.') ? ['KUBERNETES_POD_ANNOTATIONS_1', code] : [code, '1'];
    const limit = { CUSTOM_ENV_KUBERNETES_POD_ANNOTATIONS_0: 'k8s.aliyun.com/eci-spot-price-limit=0.250' };
    return applyWishes(settings, { ...limit, [`CUSTOM_ENV_${name}`]: value }).lines.join('\n');
  };

  it('has one row for each line of a values file, in its order, and no other', () => {
    const rows = values.map(([line = '']) => codes(line));
    expect(rows.map((row) => row.filter((code) => theirs.includes(code)))).toEqual(theirs.map((line) => [line]));
  });

  it('gives as ours only what stands in its two files', () => {
    const lines = `${ours}\n${runner}`.split('\n').map((line) => line.trim());
    const shown = values
      .flatMap(([, here = '', change = '']) => codes(`${here} ${change}`))
      .filter((code) => / = /.test(code));
    expect(shown.length).toBeGreaterThan(8);
    for (const line of shown) expect(lines).toContain(line);
  });

  it('names settings that exist', () => {
    const known = [
      ...settingsKeys(SettingsSchema),
      ...theirs.map(keyOf),
      ...[ours, runner].flatMap((toml) => keysIn(parse(toml))),
    ];
    for (const code of codes(text)) {
      const key = keyOf(code);
      if (key !== undefined) expect(known).toContain(key);
    }
  });

  it('gives a job that says nothing what ECI gives by default', () => {
    expect(settings).toMatchObject({ instance_types: ['2-4Gi'], spot: { strategy: 'NoSpot' }, image_cache: false });
  });

  it('has annotations that work, each with its line in the log', () => {
    for (const code of working.flatMap(([first = '']) => codes(first))) {
      const [key, value] = code.split('=');
      expect(told(code)).toContain(`"PodAnnotations" "${key}" overwritten with "${value}"`);
    }
  });

  it('has annotations and variables without effect, each with its line in the log', () => {
    const named = withoutEffect.flatMap(([first = '']) => codes(first));
    expect(named.length).toBeGreaterThan(withoutEffect.length);
    for (const code of named) expect(told(code)).toMatch(new RegExp(`^Without effect.*${code.split('=')[0]}`, 'm'));
  });

  it('turns the pipelines of such users into spot instances with their limit, from settings that say on-demand', () => {
    const env = Object.fromEntries(
      working
        .flatMap(([first = '']) => codes(first))
        .map((code, n) => [`CUSTOM_ENV_KUBERNETES_POD_ANNOTATIONS_${n}`, code]),
    );
    expect(applyWishes(settings, env).settings).toMatchObject({
      instance_types: ['ecs.c6.2xlarge', 'ecs.c5.2xlarge'],
      order: 'configured',
      spot: { strategy: 'SpotWithPriceLimit', price_limit: 0.25, duration: 2 },
      image_cache: true,
    });
  });
});
