import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capacityOfSize } from '../../src/emulator/cloud/pricing.ts';
import { parseScenario } from '../../src/emulator/scenario.ts';
import { isSpotSize, type Size, sizeFor } from '../../src/placement/sizes.ts';
import { SOLD_SIZES } from '../support/sold-sizes.ts';

const sold = (spot: boolean): readonly Size[] =>
  SOLD_SIZES.flatMap(([cpu, all, asSpot]) => (spot ? asSpot : all).map((memory) => ({ cpu, memory })));

/** Thousandths, as quantities come; a little more than there is. */
const vcpu = fc.integer({ min: 1, max: 70_000 }).map((each) => each / 1000);
const gib = fc.integer({ min: 1, max: 550_000 }).map((each) => each / 1000);
const holds = (size: Size, cpu: number, memory: number): boolean => size.cpu >= cpu && size.memory >= memory;

describe('a size for what is asked', () => {
  it('holds it, and is sold, as spot too where that is wanted', () => {
    fc.assert(
      fc.property(vcpu, gib, fc.boolean(), (cpu, memory, spot) => {
        const size = sizeFor(cpu, memory, spot);
        if (size === undefined) expect(sold(spot).some((each) => holds(each, cpu, memory))).toBe(false);
        else {
          expect(holds(size, cpu, memory)).toBe(true);
          expect(sold(spot)).toContainEqual(size);
        }
      }),
    );
  });

  it('is the smallest: fewer vCPU never do, nor does less memory with as many', () => {
    fc.assert(
      fc.property(vcpu, gib, fc.boolean(), (cpu, memory, spot) => {
        const size = sizeFor(cpu, memory, spot);
        fc.pre(size !== undefined);
        const smaller = sold(spot).filter(
          (each) => each.cpu < size.cpu || (each.cpu === size.cpu && each.memory < size.memory),
        );
        expect(smaller.filter((each) => holds(each, cpu, memory))).toEqual([]);
      }),
    );
  });

  it('of what is sold is that itself', () => {
    for (const spot of [true, false])
      for (const size of sold(spot)) expect(sizeFor(size.cpu, size.memory, spot)).toEqual(size);
  });

  it('never has fewer vCPU for more of both', () => {
    fc.assert(
      fc.property(vcpu, gib, vcpu, gib, fc.boolean(), (cpu, memory, more, moreMemory, spot) => {
        const larger = sizeFor(cpu + more, memory + moreMemory, spot);
        fc.pre(larger !== undefined);
        expect(sizeFor(cpu, memory, spot)?.cpu).toBeLessThanOrEqual(larger.cpu);
      }),
    );
  });

  it('is the one that ECI itself rounds up to', () => {
    const scenario = parseScenario('[[vswitch]]\nid = "vsw-1"\nzone = "cn-beijing-h"');
    fc.assert(
      fc.property(vcpu, gib, (cpu, memory) => {
        const rounded = capacityOfSize(cpu, memory, scenario, false);
        expect(sizeFor(cpu, memory, false)).toEqual(rounded && { cpu: rounded.cpu, memory: rounded.memory });
      }),
    );
  });
});

it('spot sizes are those that the page lists, and no others', () => {
  expect(sold(false).filter(isSpotSize)).toEqual(sold(true));
  // Some regions have sizes in between, which are not sold so.
  for (const size of [
    { cpu: 6, memory: 12 },
    { cpu: 2, memory: 6 },
    { cpu: 2.5, memory: 4 },
  ]) {
    expect(isSpotSize(size)).toBe(false);
  }
});
