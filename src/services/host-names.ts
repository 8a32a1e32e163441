/** Host names of services, by the Kubernetes executor's rules (runner: `executors/kubernetes/host_aliases.go`, `helpers/container/services`). */

/** RFC 1123, as Kubernetes checks it: a label, and labels with dots between them. */
const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const IS_LABEL = new RegExp(`^${LABEL}$`);
const IS_SUBDOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const LONGEST_LABEL = 63;
const LONGEST_SUBDOMAIN = 253;

export const isHostLabel = (name: string): boolean => name.length <= LONGEST_LABEL && IS_LABEL.test(name);

export const isHostName = (name: string): boolean => name.length <= LONGEST_SUBDOMAIN && IS_SUBDOMAIN.test(name);

/** Docker's grammar of an image reference: registry with a port, path, tag, digest. */
const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `${DOMAIN_PART}(?:\\.${DOMAIN_PART})*(?::[0-9]+)?`;
const PATH_PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const TAG = '\\w[\\w.-]{0,127}';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const REFERENCE = new RegExp(`^((?:${DOMAIN}/)?${PATH_PART}(?:/${PATH_PART})*)(?::${TAG})?(?:@${DIGEST})?$`);

/**
 * The names that a service has from its image: without tag and port, once with `/` as `__` and once as `-`. Those that no DNS allows are left
 * out; an image that is no reference has none.
 */
export function hostNamesOf(image: string): readonly string[] {
  const [, name] = REFERENCE.exec(image) ?? [];
  if (name === undefined) return [];
  const withoutPort = name.replace(/^([^/]*):[0-9]+(?=\/)/, '$1');
  const names = [withoutPort.replaceAll('/', '__'), withoutPort.replaceAll('/', '-')];
  return [...new Set(names)].filter(isHostName);
}
