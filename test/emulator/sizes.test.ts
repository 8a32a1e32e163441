import { describe, expect, it } from 'vitest';
import { SOLD_SIZES } from '../support/sold-sizes.ts';
import { GROUP, startCloud, type Wire } from './cloud-under-test.ts';
import { spot } from './limits.ts';

describe('a group of', () => {
  it.each(SOLD_SIZES)(
    '%s vCPU gets each memory size that is sold with it, on demand and as spot',
    async (Cpu, all, asSpot) => {
      const { create, describe: look, refused, emulator } = await startCloud();
      for (const Memory of all) {
        expect(await look(await create({ Cpu, Memory }))).toMatchObject({ Cpu, Memory });
      }
      const codes = [];
      for (const Memory of all) {
        const { code } = await refused('CreateContainerGroup', { ...GROUP, ...spot({ Cpu, Memory }), DryRun: true });
        codes.push(code);
      }
      expect(codes).toEqual(
        all.map((memory) => (asSpot.includes(memory) ? 'DryRun.Success' : 'InvalidSpotCpuMemorySpec')),
      );
      expect(emulator.report().groups.created).toBe(all.length);
    },
  );

  it.each<readonly [string, Wire, Wire]>([
    ['3 vCPU and 5 GiB', { Cpu: 3, Memory: 5 }, { Cpu: 4, Memory: 8 }],
    ['1 vCPU and 16 GiB', { Cpu: 1, Memory: 16 }, { Cpu: 2, Memory: 16 }],
    ['7 vCPU and 13 GiB', { Cpu: 7, Memory: 13 }, { Cpu: 8, Memory: 16 }],
    ['no size', { Cpu: undefined, Memory: undefined }, { Cpu: 2, Memory: 4 }],
  ])('%s is rounded up to one that is sold', async (_, wanted, sold) => {
    const { create, describe: look } = await startCloud();
    expect(await look(await create(wanted))).toMatchObject(sold);
  });
});
