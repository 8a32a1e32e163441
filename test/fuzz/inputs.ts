import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';

/** Inputs for each target. FUZZ_RUNS asks for more: `FUZZ_RUNS=100000 npx vitest run test/fuzz`. */
export const RUNS = Number(process.env.FUZZ_RUNS ?? 1000);

/** The timeout of a test grows with its inputs. @param milliseconds for each of them, on a machine that has other work as well. */
export const patienceFor = (inputs: number, milliseconds: number) => ({ timeout: 120_000 + inputs * milliseconds });

const CORPUS = fileURLToPath(new URL('corpus/', import.meta.url));

/** The texts that are kept for a target: good ones to begin with, and every one that once was too much. */
export function corpus(target: string): readonly string[] {
  const folder = join(CORPUS, target);
  const texts = readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  if (texts.length === 0) throw new Error(`no corpus in ${folder}`);
  return texts;
}

/** What readers stumble over: ends, escapes, halves of characters, names that every object has. */
const TRICKY = [
  '\0',
  '\n',
  '\r\n',
  '"',
  "'",
  '\\',
  '\ud800',
  '\u2028',
  '\ufeff',
  '-',
  '-1',
  '0',
  '1e999',
  '9007199254740993',
  'NaN',
  'null',
  'true',
  '[]',
  '{}',
  '[[',
  '{"',
  '$',
  '${',
  '$$',
  '${}',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '%',
  '%s',
  '%00',
  '=',
  ':',
  ',',
  '\x1b[31m',
  'x'.repeat(5000),
  '['.repeat(5000),
];

interface Change {
  readonly at: number;
  readonly length: number;
  readonly text: string;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 200 })),
  text: fc.oneof(fc.constantFrom(...TRICKY), fc.string({ maxLength: 8, unit: 'binary' }), fc.constant('')),
});

/** Texts of a target's corpus with pieces cut out, put in or replaced, and now and then any text at all. */
export const mutated = (target: string): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc.tuple(fc.constantFrom(...corpus(target)), fc.array(change, { maxLength: 4 })).map(changed),
    },
    { weight: 1, arbitrary: fc.string({ maxLength: 200, unit: 'binary' }) },
  );

const changed = ([seed, changes]: readonly [string, readonly Change[]]): string =>
  changes.reduce((text, { at, length, text: put }) => {
    const from = Math.floor(at * text.length);
    return text.slice(0, from) + put + text.slice(from + length);
  }, seed);

/** Any JSON value, texts that readers stumble over among them. */
export const jsonValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e300, '', [], {}, [null], [[]]),
  fc.constantFrom(...TRICKY),
  fc.jsonValue({ maxDepth: 2 }),
);

/** JSON documents of a target's corpus in which some values, at any depth, are others. */
export const mutatedJson = (target: string): fc.Arbitrary<unknown> =>
  fc
    .tuple(fc.constantFrom(...corpus(target)), fc.array(fc.tuple(fc.nat(), jsonValue), { minLength: 1, maxLength: 4 }))
    .map(([seed, changes]) =>
      changes.reduce((value, [at, put]) => replaced(value, at, put), JSON.parse(seed) as unknown),
    );

/** The value with its part number `at`, counted from outside, replaced; counting goes round. */
function replaced(value: unknown, at: number, put: unknown): unknown {
  let count = 0;
  const walk = (part: unknown, visit: (part: unknown) => unknown): unknown => {
    const own = visit(part);
    if (own !== part || typeof part !== 'object' || part === null) return own;
    if (Array.isArray(part)) return part.map((each) => walk(each, visit));
    return Object.fromEntries(Object.entries(part).map(([key, each]) => [key, walk(each, visit)]));
  };
  walk(value, (part) => {
    count++;
    return part;
  });
  let index = 0;
  return walk(value, (part) => (index++ === at % count ? put : part));
}
