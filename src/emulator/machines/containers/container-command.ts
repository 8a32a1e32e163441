import type { ImageConfig } from '../../images/image-config.ts';
import type { ContainerSpec, MachineSpec } from '../../machine.ts';
import type { ContainerUser } from './container-user.ts';

/** What a container runtime adds where an image says nothing. */
const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A command of the create call replaces the image's entrypoint together with the image's command, as in Kubernetes. */
export function containerCommand(container: Pick<ContainerSpec, 'command' | 'args'>, image: ImageConfig): string[] {
  const { command, args } = container;
  const argv =
    command.length > 0 ? [...command, ...args] : [...image.Entrypoint, ...(args.length > 0 ? args : image.Cmd)];
  if (argv.length === 0) throw new Error('no command specified: the image has none, and the create call neither');
  return argv;
}

/** The create call's variables win over the image's, those over what a runtime adds. */
export function containerEnvironment(
  container: Pick<ContainerSpec, 'env'>,
  image: ImageConfig,
  { hostName }: Pick<MachineSpec, 'hostName'>,
  { home }: ContainerUser,
): Record<string, string> {
  const ofImage = image.Env.flatMap((entry): [string, string][] => {
    const end = entry.indexOf('=');
    return end > 0 ? [[entry.slice(0, end), entry.slice(end + 1)]] : [];
  });
  return {
    PATH: USUAL_PATH,
    HOSTNAME: hostName,
    HOME: home,
    ...Object.fromEntries(ofImage),
    ...Object.fromEntries(container.env.map(({ key, value }) => [key, value])),
  };
}
