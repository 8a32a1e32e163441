import { DriverError } from '../driver-error.ts';

/** An image in a registry, as people write it: `REGISTRY/REPOSITORY[:TAG]`. */
interface ImageName {
  /** Host, and port if there is one. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | undefined;
}

/** OCI distribution specification 1.1, "Pulling manifests". */
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const HOST = /^(?:[\w-]+(?:\.[\w-]+)*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
/** What tells a registry from the first part of a repository (Docker: `reference.ParseNormalizedNamed`). */
const LIKE_A_HOST = /[.:]|^localhost$/i;

export const DOCKER_HUB = 'docker.io';

/** An image reference with its registry in front: `alpine:3` is `docker.io/library/alpine:3`. */
export function fullName(image: string): string {
  const [first = '', ...rest] = image.split('/');
  if (rest.length === 0) return `${DOCKER_HUB}/library/${image}`;
  return LIKE_A_HOST.test(first) ? image : `${DOCKER_HUB}/${image}`;
}

/** @throws DriverError (operator) that shows how a name is written. */
export function parseImageName(text: string): ImageName {
  const wrong = (why: string): DriverError =>
    new DriverError('operator', `"${text}" does not name an image in a registry: ${why}.`, {
      hint: 'Write REGISTRY/IMAGE or REGISTRY/IMAGE:TAG, such as registry.cn-beijing.aliyuncs.com/example/eci-agent:0.1.0',
    });
  const slash = text.indexOf('/');
  const registry = text.slice(0, Math.max(slash, 0));
  if (!LIKE_A_HOST.test(registry)) throw wrong('it has to begin with the host of the registry');
  if (!HOST.test(registry) || !URL.canParse(`https://${registry}`))
    throw wrong(`"${registry}" is not a host, with a port or without`);
  const rest = text.slice(slash + 1);
  if (rest.includes('@')) throw wrong('a digest cannot be chosen');
  const [repository = '', tag, ...more] = rest.split(':');
  if (!REPOSITORY.test(repository)) {
    throw wrong(`"${repository}" has to be of lower-case letters, digits, ".", "_", "-" and "/"`);
  }
  if (more.length > 0 || (tag !== undefined && !TAG.test(tag))) throw wrong('the tag is not one');
  return { registry, repository, tag };
}

/** Docker Hub's names: the one that people write, the host that serves images, the key of its logins. */
const HUB = {
  names: [DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io'],
  host: 'registry-1.docker.io',
  loginKey: 'https://index.docker.io/v1/',
};

/** The key under which Docker keeps the login of a registry. */
export const loginKey = (registry: string): string => (HUB.names.includes(registry) ? HUB.loginKey : registry);

/** @param plainHttp http even where the registry is not on this machine. */
export function registryUrl(registry: string, plainHttp: boolean): URL {
  const host = HUB.names.includes(registry) ? HUB.host : registry;
  const url = new URL(`https://${host}`);
  return plainHttp || isLoopback(url.hostname) ? new URL(`http://${host}`) : url;
}

const isLoopback = (hostname: string): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
