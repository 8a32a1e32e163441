import { type ContainerGroups, EciError } from '../../src/eci/container-groups.ts';

/** A cloud of which nothing is expected but what a test gives it. */
export function containerGroups(given: Partial<ContainerGroups> = {}): ContainerGroups {
  const unexpected = () => Promise.reject(new Error('not expected'));
  return {
    create: unexpected,
    describe: unexpected,
    existing: unexpected,
    findByTags: unexpected,
    remove: unexpected,
    dryRun: unexpected,
    log: unexpected,
    prices: unexpected,
    clockDifference: () => 0,
    ...given,
  };
}

export const eciError = (code: string, more: { ambiguous?: boolean; message?: string; httpStatus?: number } = {}) =>
  new EciError({
    action: 'CreateContainerGroup',
    code,
    message: more.message ?? code,
    httpStatus: more.httpStatus ?? (more.ambiguous ? 0 : 403),
    ambiguous: more.ambiguous ?? false,
  });
