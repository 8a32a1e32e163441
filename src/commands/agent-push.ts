import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ARCHIVE_NAME } from '../agent-image/archive-name.ts';
import { httpSender } from '../agent-image/http.ts';
import { parseImageName, registryUrl } from '../registries/image-name.ts';
import { findLogin } from '../agent-image/login.ts';
import { pushImage } from '../agent-image/push-image.ts';
import { readArchive } from '../agent-image/read-archive.ts';
import { openRegistry } from '../agent-image/registry.ts';
import type { Handler } from './command.ts';

/** For people: brings the agent's image into a registry that container groups can pull from. */
export const agentPush: Handler = async (context, _source, [text = ''], options) => {
  const { stdout, clock, signal, programFile } = context;
  const name = parseImageName(text);
  const file = String(options.archive ?? join(dirname(await realpath(programFile)), ARCHIVE_NAME));
  const image = await readArchive(file);
  const flags = { username: options.username?.toString(), passwordStdin: options.passwordStdin === true };
  const login = await findLogin(name.registry, flags, context);
  const base = registryUrl(name.registry, options.plainHttp === true);
  const registry = openRegistry({ base, repository: name.repository, login }, httpSender(clock, signal));
  const tag = name.tag ?? image.version;
  const full = `${name.registry}/${name.repository}:${tag}`;
  const platforms = image.images.map(({ platform }) => platform).join(' and ');
  await stdout.write(
    `${full}: agent ${image.version} for ${platforms}${login ? `, login from ${login.source}` : ''}\n`,
  );
  await pushImage(image, tag, { registry, output: stdout, clock });
  await stdout.write(
    `Read back: it is the image in ${file}, ${image.index.descriptor.digest}.\nIn the settings: agent_image = "${full}"\n`,
  );
  return 0;
};
