const HUB = 'docker.io';

/**
 * The full name of an image reference: `alpine` is `docker.io/library/alpine:latest`. A first part with a dot or a colon, or `localhost`, is a
 * registry; without a tag or digest it is the tag `latest` (Docker's reference grammar).
 */
export function fullImageName(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const repository = hasRegistry ? image : rest.length > 0 ? `${HUB}/${image}` : `${HUB}/library/${image}`;
  const last = repository.slice(repository.lastIndexOf('/'));
  return /[:@]/.test(last) ? repository : `${repository}:latest`;
}
