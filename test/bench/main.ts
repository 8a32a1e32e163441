import { cpus, release, totalmem } from 'node:os';
import { build } from '../../build.ts';
import { onContainers } from './on-containers.ts';
import { onProcesses } from './on-processes.ts';
import { print } from './table.ts';

/**
 * `npm run bench`: what the driver costs, against peers that are measured in the same run, in turns. Ratios are what counts; the figures
 * themselves belong to this machine. Arguments: `processes` or `containers` for the rows of that kind of machine alone.
 */
const PARTS: Readonly<Record<string, () => Promise<void>>> = { processes: onProcesses, containers: onContainers };

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
  for (const [name, part] of Object.entries(PARTS)) if (names.length === 0 || names.includes(name)) await part();
}

await main(process.argv.slice(2));
