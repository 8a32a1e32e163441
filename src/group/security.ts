import type { WireParameters } from '../eci/container-groups.ts';
import type { Settings } from '../settings/schema.ts';

/** The classes of containers that have a security context of their own. */
export type SecuredClass = 'build' | 'helper' | 'service';

export interface RunAs {
  readonly user: number | undefined;
  readonly group: number | undefined;
}

/** Whom the operator lets a class of containers run as: what is said of the class counts before what is said of all. */
export function runAsOf(settings: Settings, container: SecuredClass): RunAs {
  const [own, all] = [settings[`${container}_container_security_context`], settings.pod_security_context];
  return { user: own.run_as_user ?? all.run_as_user, group: own.run_as_group ?? all.run_as_group };
}

/**
 * A container's user and privileges (ECI: `Container.N.SecurityContext…`). Group and non-root have no dot in their names: so the API has them.
 * @param runAs of the job or the image's user, where the operator names none.
 */
export function securityContext(
  settings: Settings,
  container: SecuredClass,
  runAs = runAsOf(settings, container),
): WireParameters {
  const own = settings[`${container}_container_security_context`];
  const nonRoot = own.run_as_non_root ?? settings.pod_security_context.run_as_non_root;
  const { add } = own.capabilities;
  const context = {
    ...(add.length === 0 ? {} : { Capability: { Add: add } }),
    ...(runAs.user === undefined ? {} : { RunAsUser: runAs.user }),
    ...(own.read_only_root_filesystem ? { ReadOnlyRootFilesystem: true } : {}),
  };
  return {
    ...(Object.keys(context).length === 0 ? {} : { SecurityContext: context }),
    ...(runAs.group === undefined ? {} : { SecurityContextRunAsGroup: runAs.group }),
    ...(nonRoot ? { SecurityContextRunAsNonRoot: true } : {}),
  };
}
