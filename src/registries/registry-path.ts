import { DOCKER_HUB, fullName } from './image-name.ts';

/**
 * Logins are kept for a registry or for a path in one, and the longest path that an image lies below counts. Both are brought into one form
 * as the runner does it (runner: `helpers/docker/auth`): host in lower case, Docker Hub by its short name.
 */

/** Where an image lies: `Registry.example.com/group/app:1` is `registry.example.com/group/app`, `node:22` is `docker.io/node`. */
export function imagePath(image: string): string {
  const full = image.includes('/') ? fullName(image) : `${DOCKER_HUB}/${image}`;
  const [registry = '', ...rest] = full.split('/');
  const name = rest
    .join('/')
    .replace(/@.*$/, '')
    .replace(/:[^/]*$/, '');
  return `${registry.toLowerCase().replace(/^index\.docker\.io$/, DOCKER_HUB)}/${name}`;
}

/** What a login is kept under: a host, a host with a path (of an image even), or an old address such as `https://registry.example.com/v1/`. */
export function loginPath(key: string): string {
  const address = /^https?:\/\/([^/]*)/i.exec(key);
  if (address) return (address[1] ?? '').toLowerCase().replace(/^index\.docker\.io$/, DOCKER_HUB);
  const [host = '', ...rest] = key.replace(/\/$/, '').split('/');
  const path = rest.join('/').replace(/:[^/]*$/, '');
  return [host.toLowerCase(), ...(path === '' ? [] : [path])].join('/');
}

export const hostOfPath = (path: string): string => path.split('/', 1)[0] ?? '';

/** Whether a login of this path is for images at that one. */
export const covers = (login: string, image: string): boolean => `${image}/`.startsWith(`${login}/`);
