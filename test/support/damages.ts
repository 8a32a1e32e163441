import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What can become of a file that something else than we has been at, or a disk that was full, or a driver of another version. */
export const DAMAGES: readonly { readonly name: string; readonly to: (file: string) => Promise<void> }[] = [
  { name: 'missing', to: (file) => rm(file, { recursive: true, force: true }) },
  { name: 'empty', to: (file) => writeFile(file, '') },
  {
    name: 'truncated',
    to: async (file) => {
      const bytes = await readFile(file);
      await writeFile(file, bytes.subarray(0, bytes.byteLength >> 1));
    },
  },
  { name: 'of an older version', to: (file) => writeFile(file, '{"version":0}') },
  {
    name: 'of a newer version',
    to: async (file) => {
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.includes('"version":1') ? text.replace('"version":1', '"version":2') : `2 ${text}`);
    },
  },
  {
    name: 'a folder with something in it',
    to: async (file) => {
      await rm(file, { recursive: true, force: true });
      await mkdir(file);
      await writeFile(join(file, 'something'), '');
    },
  },
  {
    name: 'out of reach: what should be its folder is a file',
    to: async (file) => {
      await rm(dirname(file), { recursive: true, force: true });
      await writeFile(dirname(file), '');
    },
  },
];
