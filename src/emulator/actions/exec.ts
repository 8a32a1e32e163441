import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import { ApiError, invalid } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { checkRegion } from './check-region.ts';
import { flag, legacyOwner, regionId, text } from './leaf-types.ts';
import { parseJson } from '../../json.ts';
import { parseParameters } from './parse-parameters.ts';

const MOST_WORDS = 20;
const LONGEST_WORD = 256;

const parameters = z.strictObject({
  RegionId: regionId,
  ContainerGroupId: text(1),
  ContainerName: text(1),
  Command: text(1, 64 * 1024),
  TTY: flag.default(false),
  Stdin: flag.default(true),
  Sync: flag.default(false),
  ...legacyOwner,
});

/**
 * ExecContainerCommand, with Sync only: there is no terminal behind a WebSocket here. As on the real service nothing tells the exit code. The output
 * is not cut, since no page says where the service does.
 */
export async function execContainerCommand(flat: FlatParameters, cloud: Cloud): Promise<Record<string, unknown>> {
  const { RegionId, ContainerGroupId, ContainerName, Command, TTY, Sync } = parseParameters(parameters, flat);
  checkRegion(RegionId, cloud.scenario);
  const argv = parseCommand(Command);
  if (!Sync) throw new ApiError(400, 'UnsupportedParameter', 'This emulator runs commands with Sync only.');
  if (TTY) throw invalid('TTY', 'it does not go with Sync');
  // Sync reads no input, and an interactive shell would wait for it (reference of ExecContainerCommand).
  if (argv.length === 1 && argv[0] === '/bin/bash') throw invalid('Command', '/bin/bash alone does not go with Sync');
  const life = cloud.life(ContainerGroupId);
  const record = life?.group.containers.find((each) => each.name === ContainerName);
  if (!life || !record) {
    const what = `The container ${ContainerName} of ${ContainerGroupId} does not exist.`;
    throw new ApiError(404, 'InvalidParameter.NotFound', what);
  }
  if (record.state !== 'Running') {
    throw new ApiError(400, 'IncorrectStatus', `The container ${ContainerName} is ${record.state}, not Running.`);
  }
  const output = await life.exec(ContainerName, argv);
  if (output === undefined) {
    const why = 'The machines of this emulator run scripts through their agents only, and no other commands.';
    throw new ApiError(400, 'UnsupportedOperation', why);
  }
  return { WebSocketUri: '', HttpUrl: '', SyncResponse: output };
}

/** @throws ApiError; beyond the limits with the code that the reference lists for this action. */
function parseCommand(json: string): readonly string[] {
  const argv = z.array(z.string()).min(1).safeParse(parseJson(json));
  if (!argv.success) throw invalid('Command', 'it is not a JSON list of strings');
  if (argv.data.length > MOST_WORDS || argv.data.some((word) => word.length > LONGEST_WORD)) {
    const limits = `at most ${MOST_WORDS} words of ${LONGEST_WORD} characters are allowed`;
    throw new ApiError(400, 'InvalidParameter.ValueExceeded', `The parameter Command is too long: ${limits}.`);
  }
  return argv.data;
}
