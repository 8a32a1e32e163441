import { readFile } from 'node:fs/promises';
import { DriverError } from '../driver-error.ts';
import type { Settings } from '../settings/schema.ts';
import { configFileKey, type ConfigFileTexts } from './operator-volumes.ts';

/** ECI's limits ("Mount a ConfigFile volume"). Whether they count before or after Base64 no page says. */
const KIB = 1024;
const LARGEST_FILE = 32 * KIB;
const LARGEST_VOLUME = 60 * KIB;

/**
 * The contents of `[[volumes.config_file]]`, those on the manager host read.
 * @throws DriverError (operator) for a file that cannot be read, or is larger than ECI takes.
 */
export async function readConfigFiles({ volumes }: Settings): Promise<ConfigFileTexts> {
  const texts = new Map<string, Buffer>();
  for (const { name, files } of volumes.config_file) {
    let sum = 0;
    for (const [path, content] of Object.entries(files)) {
      const text = typeof content === 'string' ? Buffer.from(content, 'utf8') : await read(name, content.file);
      if (text.length > LARGEST_FILE) throw tooLarge(name, `the file ${path} has ${text.length} bytes`, LARGEST_FILE);
      sum += text.length;
      texts.set(configFileKey(name, path), text);
    }
    if (sum > LARGEST_VOLUME) throw tooLarge(name, `its files have ${sum} bytes`, LARGEST_VOLUME);
  }
  return texts;
}

const read = (volume: string, file: string): Promise<Buffer> =>
  readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new DriverError(
      'operator',
      `The file ${file} of the volume ${volume} cannot be read (${cause.code ?? 'unknown error'}).`,
      {
        hint: 'Check volumes.config_file in the settings, and that the user of GitLab Runner may read the file.',
        cause,
      },
    );
  });

const tooLarge = (volume: string, what: string, most: number): DriverError =>
  new DriverError('operator', `ECI does not take the volume ${volume}: ${what}, and ${most} are allowed.`, {
    hint: 'Put large files into the image, or onto a volume of another kind.',
  });
