import { readFileSync } from 'node:fs';
import { build } from '../build.ts';

await build();
process.stdout.write(readFileSync(new URL('../dist/sbom.cdx.json', import.meta.url)));
