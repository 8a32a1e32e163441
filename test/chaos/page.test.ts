import { expect, it } from 'vitest';
import { read } from '../docs/pages.ts';
import { FAULTS } from './faults.ts';
import { faultTable } from './show.ts';

it('docs/chaos.md says of every kind of fault what it is, and what it does to a job, as npm run chaos -- --list shows it', async () => {
  expect(await read('docs/chaos.md')).toContain(faultTable(FAULTS));
});
