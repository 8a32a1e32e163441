import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTooFewBytes, parseQuantity, toGiB, toVcpu } from '../../src/settings/quantity.ts';

const GIB = 2n ** 30n;

/** What a suffix stands for, as a fraction of whole numbers (Kubernetes: "Quantity"). */
const SUFFIXES: Readonly<Record<string, readonly [times: bigint, by: bigint]>> = {
  n: [1n, 10n ** 9n],
  u: [1n, 10n ** 6n],
  m: [1n, 1000n],
  '': [1n, 1n],
  k: [1000n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  P: [10n ** 15n, 1n],
  E: [10n ** 18n, 1n],
  Ki: [2n ** 10n, 1n],
  Mi: [2n ** 20n, 1n],
  Gi: [GIB, 1n],
  Ti: [2n ** 40n, 1n],
  Pi: [2n ** 50n, 1n],
  Ei: [2n ** 60n, 1n],
};

const suffix = fc.constantFrom(...Object.keys(SUFFIXES));
const digits = fc.bigInt({ min: 0n, max: 10n ** 12n });

/** Whether two amounts are the same but for what a floating-point number cannot hold. */
const isNear = (value: number, times: bigint, by: bigint): boolean => {
  const exact = Number(times) / Number(by);
  return Math.abs(value - exact) <= exact * 1e-14;
};

describe('a quantity', () => {
  it.each([
    ['4', 4],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['2.', 2],
    ['+2', 2],
    ['0', 0],
    ['500m', 0.5],
    ['700m', 0.7],
    ['1k', 1000],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['1.5Mi', 1.5 * 2 ** 20],
    ['3G', 3e9],
    ['1e3', 1000],
    ['1E2', 100],
    ['1E', 1e18],
    ['', undefined],
    ['-1', undefined],
    ['-0', undefined],
    ['∞', undefined],
    ['Infinity', undefined],
    ['NaN', undefined],
    ['1e400', undefined],
    ['1e', undefined],
    ['0x10', undefined],
    ['1,5', undefined],
    ['1.2.3', undefined],
    ['２', undefined],
    ['2GB', undefined],
    ['1gi', undefined],
    ['two', undefined],
    ['1 Gi', undefined],
    ['1Gi\n', undefined],
  ])('"%s" is %s', (text, value) => expect(parseQuantity(text)).toBe(value));

  it('is its number times what its suffix stands for', () => {
    fc.assert(
      fc.property(digits, suffix, (number, unit) => {
        const [times, by] = SUFFIXES[unit] ?? expect.unreachable();
        expect(isNear(parseQuantity(`${number}${unit}`) ?? NaN, number * times, by)).toBe(true);
      }),
    );
  });

  it('is the same with its fraction as with a suffix a thousand times smaller', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), (thousandths) => {
        const written = `${Math.floor(thousandths / 1000)}.${String(thousandths % 1000).padStart(3, '0')}`;
        expect(parseQuantity(`${thousandths}m`)).toBe(parseQuantity(written));
      }),
    );
  });

  it('is the same with an exponent as with the zeros', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(12), fc.constantFrom('e', 'E', 'e+', 'E+'), (number, zeros, sign) => {
        expect(parseQuantity(`${number}${sign}${zeros}`)).toBe(parseQuantity(`${number}${'0'.repeat(zeros)}`));
      }),
    );
  });

  it('of more is never less', () => {
    fc.assert(
      fc.property(digits, digits, suffix, (one, other, unit) => {
        const [less, more] = one < other ? [one, other] : [other, one];
        expect(parseQuantity(`${less}${unit}`)).toBeLessThanOrEqual(parseQuantity(`${more}${unit}`) ?? NaN);
      }),
    );
  });

  it('is a finite amount that is not below zero, or none, whatever stands there', () => {
    const near = fc.string({ unit: fc.constantFrom(...'0123456789.eE+-mkKMGTiu∞ \n'), maxLength: 12 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        const value = parseQuantity(text) ?? 0;
        expect(Number.isFinite(value) && value >= 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('memory in GiB', () => {
  it('is never less than the bytes asked for, and no thousandth more', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 512n * GIB }), (bytes) => {
        const thousandths = BigInt(Math.round(toGiB(Number(bytes)) * 1000));
        expect(thousandths * GIB).toBeGreaterThanOrEqual(bytes * 1000n);
        expect((thousandths - 1n) * GIB).toBeLessThan(bytes * 1000n);
      }),
    );
  });

  it('is the whole number that was asked for, also as a sum of fractions', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 512 }), fc.integer({ min: 1, max: 19 }), (whole, parts) => {
        const sum = Array.from({ length: parts }, () => (whole * 2 ** 30) / parts).reduce((a, b) => a + b);
        expect(toGiB(sum)).toBe(whole);
      }),
    );
  });
});

it('vCPU are the whole number that was asked for, also as a sum of thousandths', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 20 }), (thousandths) => {
      const sum = thousandths.map((each) => parseQuantity(`${each}m`) ?? NaN).reduce((a, b) => a + b);
      expect(toVcpu(sum)).toBe(thousandths.reduce((a, b) => a + b) / 1000);
    }),
  );
});

it.each([
  ['0', false],
  ['8', true],
  ['512m', true],
  ['1e3', true],
  ['5Mi', true],
  ['6Mi', false],
  ['64M', false],
])('%s bytes are too few to run in: %s', (text, expected) => {
  expect(isTooFewBytes(parseQuantity(text) ?? NaN)).toBe(expected);
});
