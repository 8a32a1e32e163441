import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import type { Job } from '../runner/job.ts';
import type { Settings } from '../settings/schema.ts';
import { dockerConfigFile, parseDockerConfig, readDockerConfig } from './docker-config.ts';
import { CredentialHelpers, type OfferedLogin, offersOfDockerConfig } from './offered-logins.ts';
import { covers, imagePath, loginPath } from './registry-path.ts';
import { pulledAddress } from './vpc-address.ts';

/** What ECI shows a registry for an image. */
export interface ImageLogin {
  readonly image: string;
  /** The registry, or the path in one, that the login is for. */
  readonly path: string;
  readonly username: string;
  readonly password: string;
  /** For people: where the login comes from. */
  readonly source: string;
}

export interface ImageLogins {
  /** Of the images that there is a login for. */
  readonly logins: readonly ImageLogin[];
  /** For the job log: sources that were of no use. */
  readonly warnings: readonly string[];
  /** Some of them are the operator's: an image without a login may be without one for that reason. */
  readonly isIncomplete: boolean;
}

/** Milliseconds for one question to a credential helper: nobody sits there to type a PIN, and a job waits. */
const HELPER_PATIENCE = 20_000;

const JOB_VARIABLE = 'DOCKER_AUTH_CONFIG';

/**
 * Finds the login of each image as the runner does it (runner: `helpers/docker/auth`): the job's variable DOCKER_AUTH_CONFIG, then Docker's
 * configuration on this host, then what GitLab sent with the job. For each path the first source counts, for each image the longest path.
 * A source that is of no use is left out with a warning, as in the runner.
 * @param images as ECI pulls them: a mirror is another registry with other logins, while both addresses of one registry of Alibaba Cloud
 * are the same to a login where the settings let the driver choose between them.
 * @param env the runner's. It passes the content of DOCKER_AUTH_CONFIG, of whichever type the variable is.
 */
export async function imageLogins(
  images: readonly string[],
  { registryLogins }: Pick<Job, 'registryLogins'>,
  settings: Settings,
  env: Environment,
  signal: AbortSignal,
): Promise<ImageLogins> {
  const asked = { jobVariable: env[`CUSTOM_ENV_${JOB_VARIABLE}`]?.trim() ?? '', file: await hostConfig(settings, env) };
  const search = new LoginSearch(images, new CredentialHelpers({ env, signal, patience: HELPER_PATIENCE }));
  await search.source('job', async (paths, helpers) => {
    if (asked.jobVariable === '') return [];
    const { credsStore, credHelpers, ...written } = parseDockerConfig(asked.jobVariable, JOB_VARIABLE);
    // Helpers are programs of this host, whoever names them.
    const config = settings.docker_config === NO_CONFIG ? written : { ...written, credsStore, credHelpers };
    return offersOfDockerConfig(config, JOB_VARIABLE, paths, helpers);
  });
  await search.source('operator', async (paths, helpers) => {
    const config = asked.file === undefined ? undefined : await readDockerConfig(asked.file);
    if (config === undefined || asked.file === undefined) return [];
    return offersOfDockerConfig(config, asked.file, paths, helpers);
  });
  await search.source('job', () =>
    Promise.resolve(
      registryLogins.map(({ registry, username, password }) => ({
        path: loginPath(registry),
        find: () => Promise.resolve({ username, password, source: 'GitLab' }),
      })),
    ),
  );
  return search.result(pulledAddress(settings));
}

const NO_CONFIG = 'none';

/** The file of the settings, or where Docker has it; the old name only where there is no new one, as in the runner. */
async function hostConfig({ docker_config }: Settings, env: Environment): Promise<string | undefined> {
  if (docker_config !== undefined) return docker_config === NO_CONFIG ? undefined : docker_config;
  const file = dockerConfigFile(env);
  const isThere = await access(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  );
  return isThere || env.DOCKER_CONFIG ? file : join(env.HOME || '/', '.dockercfg');
}

interface Offer extends OfferedLogin {
  readonly owner: 'job' | 'operator';
}

class LoginSearch {
  private readonly images: readonly string[];
  private readonly helpers: CredentialHelpers;
  private readonly offers: Offer[] = [];
  private readonly warnings = new Set<string>();
  private isIncomplete = false;

  constructor(images: readonly string[], helpers: CredentialHelpers) {
    this.images = [...new Set(images)];
    this.helpers = helpers;
  }

  async source(
    owner: Offer['owner'],
    read: (paths: readonly string[], helpers: CredentialHelpers) => Promise<readonly OfferedLogin[]>,
  ): Promise<void> {
    const offers = await this.tried(owner, () => read(this.images.map(imagePath), this.helpers));
    this.offers.push(...(offers ?? []).map((offer) => ({ ...offer, owner })));
  }

  /** @param addressed the one form of a path where a registry has several addresses. */
  async result(addressed: (path: string) => string): Promise<ImageLogins> {
    const offers = this.offers
      .map((offer) => ({ ...offer, path: addressed(offer.path) }))
      // Stable: the first source stays first.
      .sort((a, b) => b.path.length - a.path.length);
    const logins: ImageLogin[] = [];
    for (const image of this.images) {
      const path = addressed(imagePath(image));
      const login = await this.firstOf(
        image,
        offers.filter((offer) => covers(offer.path, path)),
      );
      if (login) logins.push(login);
    }
    return { logins, warnings: [...this.warnings], isIncomplete: this.isIncomplete };
  }

  private async firstOf(image: string, offers: readonly Offer[]): Promise<ImageLogin | undefined> {
    for (const { path, find, owner } of offers) {
      const login = await this.tried(owner, find);
      if (login === undefined) continue;
      if (!('identityToken' in login)) {
        const { username, password, source } = login;
        if (username && password) return { image, path, username, password, source };
        continue;
      }
      this.warn(
        owner,
        `The login for ${path} from ${login.source} is an identity token, and ECI takes passwords only.`,
      );
    }
    return undefined;
  }

  private async tried<T>(owner: Offer['owner'], work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      this.warn(owner, error.message);
      return undefined;
    }
  }

  private warn(owner: Offer['owner'], message: string): void {
    this.warnings.add(`${message} Going on without it.`);
    if (owner === 'operator') this.isIncomplete = true;
  }
}
