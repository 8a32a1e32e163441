import { DriverError } from '../driver-error.ts';
import type { WireParameters } from '../eci/container-groups.ts';
import type { ImageLogin } from './image-logins.ts';
import { DOCKER_HUB } from './image-name.ts';
import { hostOfPath, imagePath } from './registry-path.ts';

/** ECI takes so many ("ImageCache": a maximum of 10 credentials; the API's own bound is one more). */
const MOST_CREDENTIALS = 10;

/**
 * ImageRegistryCredential of CreateContainerGroup: what the group's images need and nothing else. ECI's pages show a registry's host as the
 * server; a path is named only where images of one host need different logins, or one of them none.
 * @param images all images of the group. @param logins those that were found for them. @param operators the images that the settings name.
 * @param given what `[parameters]` have, which is sent beside them.
 * @throws DriverError (user; operator where the settings alone need so many) when there are more than ECI takes.
 */
export function registryCredentials(
  images: readonly string[],
  logins: readonly ImageLogin[],
  operators: readonly string[],
  given: readonly WireParameters[] = [],
): readonly WireParameters[] {
  const credentials = credentialsOf(images, logins);
  const count = together(credentials, given);
  if (count <= MOST_CREDENTIALS) return credentials;
  const theirs = logins.filter(({ image }) => operators.includes(image));
  throw new DriverError(
    together(credentialsOf(operators, theirs), given) > MOST_CREDENTIALS ? 'operator' : 'user',
    `The images of the job${given.length === 0 ? '' : ' and [parameters]'} need logins to ${count} registries, and ECI takes ${MOST_CREDENTIALS} at most.`,
    {
      hint: `Let some of the services come from the same registry${given.length === 0 ? '' : ', or let the operator of this runner take logins out of [parameters]'}.`,
    },
  );
}

/** One login a server: the driver's own counts where both have one. */
const together = (own: readonly WireParameters[], given: readonly WireParameters[]): number =>
  own.length + given.filter(({ Server }) => own.every((each) => each.Server !== Server)).length;

function credentialsOf(images: readonly string[], logins: readonly ImageLogin[]): readonly WireParameters[] {
  const credentials = new Map<string, WireParameters>();
  for (const login of logins) {
    const host = hostOfPath(imagePath(login.image));
    const others = images.filter((image) => hostOfPath(imagePath(image)) === host);
    const isForAll = others.every((image) =>
      isSame(
        logins.find((each) => each.image === image),
        login,
      ),
    );
    const server = isForAll ? host : pathIn(host, login);
    for (const Server of serversOf(server)) {
      credentials.set(Server, { Server, UserName: login.username, Password: login.password });
    }
  }
  return [...credentials.values()];
}

const isSame = (one: ImageLogin | undefined, other: ImageLogin): boolean =>
  one?.username === other.username && one.password === other.password;

/** By the host that the image has: the login may be known by another address of the same registry. */
const pathIn = (host: string, { path, image }: ImageLogin): string => {
  const [, ...rest] = path.split('/');
  // A login for the whole host is for this image's path here, beside others of the host.
  return rest.length > 0 ? [host, ...rest].join('/') : imagePath(image);
};

/** Docker Hub goes by two names (Kubernetes knows its logins by the longer one, images by the shorter one). */
const serversOf = (server: string): readonly string[] =>
  hostOfPath(server) === DOCKER_HUB ? [server, `index.${server}`] : [server];
