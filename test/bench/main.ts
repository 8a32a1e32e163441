import { cpus, release, totalmem } from 'node:os';
import { build } from '../../build.ts';
import { cuts } from './cuts.ts';
import { underLoad } from './load/main.ts';
import { onContainers } from './on-containers.ts';
import { onProcesses } from './on-processes.ts';
import { print } from './table.ts';

/**
 * `npm run bench`: what the driver costs, against peers that are measured in the same run, in turns. Ratios are what counts; the figures
 * themselves belong to this machine. Arguments: `processes` or `containers` for the rows of that kind of machine alone;
 * `load` for many jobs at a time, `cuts` for one whose connections are cut: these take minutes and are done only when they are asked for.
 */
const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  processes: onProcesses,
  containers: onContainers,
  load: underLoad,
  cuts,
};
const USUAL = ['processes', 'containers'];

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in PARTS));
  if (unknown.length > 0)
    throw new Error(`no such rows: ${unknown.join(', ')} (there are ${Object.keys(PARTS).join(', ')})`);
  await build();
  const processor = cpus()[0]?.model ?? 'unknown processor';
  print(
    `Node ${process.version}, ${cpus().length} x ${processor}, ${Math.round(totalmem() / 1024 ** 3)} GiB, Linux ${release()}`,
  );
  print('Medians; in brackets the middle half, the greatest and the number of values. Contenders take turns.\n');
  const wanted = names.length === 0 ? USUAL : names;
  for (const [name, part] of Object.entries(PARTS)) if (wanted.includes(name)) await part();
}

await main(process.argv.slice(2));
