import type { ContainerParameters } from '../actions/container-parameters.ts';

type Container = Pick<ContainerParameters, 'EnvironmentVar'>;

/**
 * What environment variables declare of a container ("Forcibly terminate the sidecar container and ignore the container exit code"): it ends when the
 * others have ended.
 */
export const isSidecar = (container: Container): boolean => declares(container, 'ECI_CONTAINER_TYPE', 'sidecar');

/** Its exit code does not count. */
export const isExitIgnored = (container: Container): boolean =>
  declares(container, 'ECI_CONTAINER_IGNORE_EXIT_CODE', 'true');

const declares = ({ EnvironmentVar }: Container, key: string, value: string): boolean =>
  EnvironmentVar.some((each) => each.Key === key && each.Value?.toLowerCase() === value);
