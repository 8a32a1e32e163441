import type { WireParameters } from '../eci/container-groups.ts';
import type { Settings } from '../settings/schema.ts';
import type { PullPlan } from '../registries/pull-policies.ts';
import { pulledName } from './images.ts';
import { operatorMounts } from './operator-volumes.ts';

/**
 * The operator's init containers, each with the builds, the cache and the volumes of its class. They run one after the other, behind ours: what is
 * wrong with the agent's image is then known before they have done anything. Of a security context ECI gives them the user alone, and it cannot hide their variables.
 * @param ours mounts of builds and cache.
 */
export const operatorInitContainers = (
  settings: Settings,
  ours: readonly WireParameters[],
  pullPolicyOf: PullPlan['policyOf'],
): readonly WireParameters[] =>
  settings.init_containers.map(({ name, image, command, args, env, run_as_user }) => {
    const found = pulledName(image, settings);
    const user = run_as_user ?? settings.pod_security_context.run_as_user;
    return {
      Name: name,
      Image: found,
      ImagePullPolicy: pullPolicyOf(name, found),
      ...(command.length === 0 ? {} : { Command: command }),
      ...(args.length === 0 ? {} : { Arg: args }),
      ...(Object.keys(env).length === 0
        ? {}
        : { EnvironmentVar: Object.entries(env).map(([Key, Value]) => ({ Key, Value })) }),
      ...(user === undefined ? {} : { SecurityContext: { RunAsUser: user } }),
      VolumeMount: [...ours, ...operatorMounts(settings, 'init')],
    };
  });
