import { join, normalize } from 'node:path';
import { parseJson } from '../../json.ts';
import type { CreateParameters } from '../actions/create-parameters.ts';
import type { Scenario } from '../scenario.ts';

export type Volume = CreateParameters['Volume'][number];

/** What of the account lies behind a volume. */
interface Storage {
  /** The folder that stands for it; undefined: the scenario does not know it. */
  readonly folder?: string | undefined;
  readonly mount: 'ok' | 'fails';
}

/** @returns undefined for volumes that begin and end with their group: folders, files, new disks. */
export function storageOf(volume: Volume, scenario: Scenario): Storage | undefined {
  const { NFSVolume, FlexVolume } = volume;
  if (NFSVolume) return fileServer(NFSVolume.Server, NFSVolume.Path, scenario);
  const options = optionsOf(volume);
  if (FlexVolume?.Driver === 'alicloud/nas') return fileServer(options.server, options.path, scenario);
  if (FlexVolume?.Driver === 'alicloud/oss') {
    // Without an endpoint there is nothing to ask for the bucket.
    return options.url === undefined ? INCOMPLETE : bucket(options.bucket, options.path, scenario);
  }
  const id = diskOf(volume);
  if (id === undefined) return undefined;
  return scenario.disk.find((each) => each.id === id) ?? UNKNOWN;
}

/** The id of an existing disk that a volume is. */
export const diskOf = (volume: Volume): string | undefined =>
  volume.FlexVolume?.Driver === 'alicloud/disk' ? optionsOf(volume).volumeId : volume.DiskVolume?.DiskId;

export const isDisk = ({ DiskVolume, FlexVolume }: Volume): boolean =>
  DiskVolume !== undefined || FlexVolume?.Driver === 'alicloud/disk';

/** Those of a FlexVolume that are text. */
const optionsOf = ({ FlexVolume }: Volume): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.entries(parseJson(FlexVolume?.Options ?? '') ?? {}).filter(([, value]) => typeof value === 'string'),
  );

/** No page tells what the create call says to options in which something is missing; a mount without it cannot succeed. */
const INCOMPLETE: Storage = { mount: 'fails' };
const UNKNOWN: Storage = { mount: 'ok' };

const fileServer = (server: string | undefined, path: string | undefined, { file_system }: Scenario): Storage =>
  server === undefined
    ? INCOMPLETE
    : within(
        file_system.find((each) => each.server === server),
        path,
      );

const bucket = (name: string | undefined, path: string | undefined, { bucket: buckets }: Scenario): Storage =>
  name === undefined
    ? INCOMPLETE
    : within(
        buckets.find((each) => each.name === name),
        path,
      );

/** @param path never leads out of the folder. */
function within(known: Storage | undefined, path = '/'): Storage {
  if (known?.folder === undefined) return known ?? UNKNOWN;
  return { ...known, folder: join(known.folder, normalize(join('/', path))) };
}
