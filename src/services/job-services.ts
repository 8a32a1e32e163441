import type { Environment } from '../context.ts';
import { LONGEST_IMAGE, MOST_CONTAINERS, MOST_HOST_ALIASES, MOST_HOSTS_PER_ALIAS } from '../eci/limits.ts';
import { INIT_CONTAINER } from '../group/names.ts';
import { runAsChosen } from '../group/security.ts';
import { plural } from '../report/lines.ts';
import { expandVariables } from '../runner/expand.ts';
import { aliasesIn, type Job, type JobService } from '../runner/job.ts';
import type { Settings } from '../settings/schema.ts';
import { serviceCommand } from './command.ts';
import { ServiceEnvironments } from './environment.ts';
import { hostNamesOf, isHostLabel, isHostName } from './host-names.ts';
import { checkPorts, healthPortOf } from './ports.ts';
import { refusedService, type Service, type ServiceOwner } from './service.ts';

export interface JobServices {
  readonly services: readonly Service[];
  /** For the job log. */
  readonly lines: readonly string[];
}

type Asked = JobService & { readonly owner: ServiceOwner };

/**
 * The services of a job as its group gets them: those of the settings first, then the job's own (runner: `prepareOptions` of the Kubernetes
 * executor).
 * @param env the runner's.
 * @throws DriverError (user; operator for a service of the settings) for what ECI does not take, and for names and ports that cannot be.
 */
export function jobServices(job: Job, settings: Settings, env: Environment): JobServices {
  const asked: readonly Asked[] = [
    ...settingsServices(settings, env).map((each) => ({ ...each, owner: 'settings' as const })),
    ...job.services.map((each) => ({ ...each, owner: 'job' as const })),
  ];
  if (asked.length === 0) return { services: [], lines: [] };
  checkCount(asked, settings);
  const environments = new ServiceEnvironments(job, env);
  const names = containerNames(asked, settings);
  const services = asked.map((each, index) => service(each, names[index] ?? '', settings, environments));
  checkPorts(services, settings);
  return { services, lines: environments.lines() };
}

/** Names and aliases may hold variables of the job; one whose name comes to nothing is left out. */
const settingsServices = ({ services }: Settings, env: Environment): readonly JobService[] =>
  services
    .map(({ name, alias = '', entrypoint = [], command = [], environment = [] }) => ({
      image: expandVariables(name, env),
      aliases: aliasesIn(expandVariables(alias, env)),
      entrypoint,
      command,
      ports: [],
      variables: environment.map((each) => ({
        key: each.slice(0, each.indexOf('=')),
        value: each.slice(each.indexOf('=') + 1),
        isPublic: true,
        isFile: false,
        isRaw: false,
      })),
      pullPolicies: [],
      user: '',
    }))
    .filter(({ image }) => image !== '');

function checkCount(asked: readonly Asked[], { helper }: Settings): void {
  const most = MOST_CONTAINERS - (helper ? 2 : 1);
  if (asked.length <= most) return;
  throw refusedService(
    ofSettings(asked).length > most ? 'settings' : 'job',
    `The job has ${plural(asked.length, 'service')}, and a container group has room for ${most} beside the job's own containers.`,
    'Take fewer services: several programs can run in one image, or in jobs of their own.',
  );
}

const ofSettings = <T extends { readonly owner: ServiceOwner }>(services: readonly T[]): readonly T[] =>
  services.filter(({ owner }) => owner === 'settings');

/**
 * Host aliases of the settings, or of the job in their place, have entries of /etc/hosts too.
 * @param settings with the job's wishes. @param operators without them.
 * @throws DriverError (user; operator where the settings alone have too many) for more host names than ECI takes.
 */
export function checkHosts(
  services: readonly Pick<Service, 'hosts' | 'owner'>[],
  settings: Pick<Settings, 'host_aliases'>,
  operators: Pick<Settings, 'host_aliases'>,
): void {
  const count = hostsOf(services).size;
  const most = roomForHosts(settings);
  if (count <= most) return;
  throw refusedService(
    hostsOf(ofSettings(services)).size > roomForHosts(operators) ? 'settings' : 'job',
    `The services of the job have ${plural(count, 'host name')}; ECI takes ${most}${settings.host_aliases.length === 0 ? '' : ' beside the host aliases'}.`,
    'Give them fewer aliases.',
  );
}

const hostsOf = (services: readonly Pick<Service, 'hosts'>[]): ReadonlySet<string> =>
  new Set(services.flatMap(({ hosts }) => hosts));

const roomForHosts = ({ host_aliases }: Pick<Settings, 'host_aliases'>): number =>
  (MOST_HOST_ALIASES - host_aliases.length) * MOST_HOSTS_PER_ALIAS;

/** Names that containers of ours have: an alias may be one of them, a service's container may not. Those of the operator's init containers come to them. */
const OWN_NAMES = ['build', 'helper', INIT_CONTAINER];

/** The first alias that is free and can be a name, else a number. */
function containerNames(asked: readonly Asked[], { init_containers }: Settings): readonly string[] {
  const taken = new Set([...OWN_NAMES, ...init_containers.map(({ name }) => name)]);
  const take = (name: string): string => {
    taken.add(name);
    return name;
  };
  const named = asked.map(({ aliases }) => {
    const free = aliases.find((each) => isHostLabel(each) && !taken.has(each));
    return free === undefined ? undefined : take(free);
  });
  let next = 0;
  return named.map((name) => {
    if (name !== undefined) return name;
    while (taken.has(`svc-${next}`)) next++;
    return take(`svc-${next}`);
  });
}

function service(asked: Asked, container: string, settings: Settings, environments: ServiceEnvironments): Service {
  const { image, owner, aliases, ports, pullPolicies } = asked;
  if (image.length > LONGEST_IMAGE) {
    throw refusedService(
      owner,
      `The image of a service, ${image.slice(0, 60)}…, has a name of ${image.length} characters; ECI takes ${LONGEST_IMAGE}.`,
      'Check the name.',
    );
  }
  const { own, all } = environments.of(asked);
  return {
    container,
    image,
    owner,
    aliases,
    pullPolicies,
    hosts: hosts(asked),
    ...serviceCommand(asked),
    variables: own,
    environment: all,
    ports,
    healthPort: healthPortOf(image, owner, own),
    runAs: runAsChosen(asked.user, settings, 'service', { name: `The service ${image}`, keyword: 'services' }),
  };
}

/** Services with ports come from GitLab's web terminals: their aliases are no host names, and nobody has looked at them. */
function hosts({ image, owner, aliases, ports }: Asked): readonly string[] {
  if (ports.length > 0) return [];
  for (const alias of aliases) {
    if (isHostName(alias)) continue;
    throw refusedService(
      owner,
      `The alias "${alias.slice(0, 60)}" of the service ${image} is no host name.`,
      'Host names are lower-case letters, digits and hyphens, with dots between: my-db, db.internal.',
    );
  }
  return [...new Set([...hostNamesOf(image), ...aliases])];
}
