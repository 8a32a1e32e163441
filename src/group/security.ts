import type { WireParameters } from '../eci/container-groups.ts';
import type { Settings } from '../settings/schema.ts';
import { type RunAs, runAs, type RunAsSubject } from './run-as.ts';

/** The classes of containers that have a security context of their own. */
type SecuredClass = 'build' | 'helper' | 'service';

/** Whom the operator lets a class of containers run as: what is said of the class counts before what is said of all. */
export function runAsOf(settings: Settings, container: SecuredClass): RunAs {
  const [own, all] = [settings[`${container}_container_security_context`], settings.pod_security_context];
  return { user: own.run_as_user ?? all.run_as_user, group: own.run_as_group ?? all.run_as_group };
}

/**
 * Whom the operator names, then the job by `kubernetes:user` or `docker:user`, then the image. The Kubernetes executor has the same order.
 * @param text of the job. @throws DriverError (user) for a user that is no number or is not allowed.
 */
export function runAsChosen(text: string, settings: Settings, container: SecuredClass, subject: RunAsSubject): RunAs {
  const operators = runAsOf(settings, container);
  if (operators.user !== undefined || text === '') return operators;
  const { user, group } = runAs(text, settings, subject);
  return { user, group: group ?? operators.group };
}

/**
 * A container's user and privileges (ECI: `Container.N.SecurityContext…`). Group and non-root have no dot in their names: so the API has them.
 * @param as of the job or the image's user, where the operator names none.
 */
export function securityContext(
  settings: Settings,
  container: SecuredClass,
  as = runAsOf(settings, container),
): WireParameters {
  const own = settings[`${container}_container_security_context`];
  const nonRoot = own.run_as_non_root ?? settings.pod_security_context.run_as_non_root;
  const { add } = own.capabilities;
  const context = {
    ...(add.length === 0 ? {} : { Capability: { Add: add } }),
    ...(as.user === undefined ? {} : { RunAsUser: as.user }),
    ...(own.read_only_root_filesystem ? { ReadOnlyRootFilesystem: true } : {}),
  };
  return {
    ...(Object.keys(context).length === 0 ? {} : { SecurityContext: context }),
    ...(as.group === undefined ? {} : { SecurityContextRunAsGroup: as.group }),
    ...(nonRoot ? { SecurityContextRunAsNonRoot: true } : {}),
  };
}
