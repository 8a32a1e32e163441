import type { CreateParameters } from '../actions/create-parameters.ts';
import { fullImageName } from '../images/image-name.ts';
import type { RegistryRule } from '../scenario.ts';

type Credential = CreateParameters['ImageRegistryCredential'][number];

/** What registries say to a pull that comes without what they ask for; texts as container runtimes word them. */
export class Registries {
  private readonly rules: readonly RegistryRule[];

  constructor(rules: readonly RegistryRule[]) {
    this.rules = rules;
  }

  /** @returns undefined when the image may be pulled. */
  refusal(image: string, request: CreateParameters): string | undefined {
    const name = fullImageName(image);
    const rule = longest(
      this.rules.filter((each) => covers(each.name, name)),
      (each) => each.name,
    );
    if (rule === undefined) return undefined;
    const host = rule.name.split('/', 1)[0] ?? '';
    if (rule.protocol === 'http' && !listed(request.PlainHttpRegistry, host)) {
      return `failed to do request: Head "https://${host}/v2/": http: server gave HTTP response to HTTPS client`;
    }
    if (rule.protocol === 'self-signed' && !listed(request.InsecureRegistry, host)) {
      return `failed to do request: Head "https://${host}/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`;
    }
    const shown = credentialFor(name, request.ImageRegistryCredential);
    return isLetIn(rule, shown, request) ? undefined : shutOut(shown);
  }
}

function isLetIn(rule: RegistryRule, shown: Credential | undefined, { AcrRegistryInfo }: CreateParameters): boolean {
  if (rule.username === undefined) return true;
  if (AcrRegistryInfo.some(({ InstanceId }) => InstanceId !== undefined && InstanceId === rule.acr_instance))
    return true;
  return shown?.UserName === rule.username && shown.Password === rule.password;
}

const shutOut = (shown: Credential | undefined): string =>
  shown === undefined
    ? 'pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials'
    : 'failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized';

/** Kubernetes' rule: the longest path counts. Logins of Docker Hub are known by its other name, too. */
const credentialFor = (image: string, credentials: readonly Credential[]): Credential | undefined =>
  longest(
    credentials.filter(({ Server }) => covers(Server.replace(/^index\.docker\.io/, 'docker.io'), image)),
    ({ Server }) => Server,
  );

/** Whether an image lies in a registry, below a path in one, or is what the path names. */
const covers = (path: string, image: string): boolean =>
  image.startsWith(path) && /^[/:@]/.test(image.slice(path.length));

const listed = (list: string | undefined, host: string): boolean => list?.split(',').includes(host) ?? false;

const longest = <T>(all: readonly T[], textOf: (each: T) => string): T | undefined =>
  all.toSorted((a, b) => textOf(b).length - textOf(a).length)[0];
