import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** A repository on 127.0.0.1, served over git's smart HTTP protocol. */
export interface GitServer {
  /** Of the repository, without credentials. */
  readonly url: string;
  /** The only commit, on branch `main`. */
  readonly sha: string;
  close(): Promise<void>;
}

interface Repository {
  readonly files: Readonly<Record<string, string>>;
  readonly submodules?: Submodules;
}

/** By their folder; each is a repository of its own, with a URL relative to its parent's. */
export type Submodules = Readonly<Record<string, Repository & { readonly path: string }>>;

export interface GitServerOptions extends Repository {
  /** Group and project. */
  readonly path?: string;
  /** Who else asks gets a 401. GitLab's jobs come as `gitlab-ci-token` with the job's token. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** How many requests fail with 503 before the first one is served. */
  readonly failures?: number;
  /** Seconds that the first request waits for its answer. */
  readonly slowness?: number;
}

/** No setting of the machine or its user may change what the tests see. */
const GIT_ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
};

const git = (...args: string[]): string => execFileSync('git', args, { env: GIT_ENVIRONMENT, encoding: 'utf8' }).trim();

export function gitAvailable(): boolean {
  try {
    git('--version');
    return true;
  } catch {
    return false;
  }
}

export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const { path = 'acme/shop', credentials } = options;
  const root = mkdtempSync(join(tmpdir(), 'git-server-'));
  const sha = createRepository(root, path, options);
  const expected =
    credentials && `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
  const backend = join(git('--exec-path'), 'git-http-backend');
  let failures = options.failures ?? 0;
  let slowness = options.slowness ?? 0;
  const server = createServer((request, response) => {
    if (failures > 0) {
      failures--;
      response.writeHead(503).end();
      return;
    }
    if (expected !== undefined && request.headers.authorization !== expected) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
      return;
    }
    const answer = (): void => serve(backend, root, request, response);
    if (slowness === 0) return answer();
    const slow = setTimeout(answer, slowness * 1000);
    response.once('close', () => clearTimeout(slow));
    slowness = 0;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${path}.git`,
    sha,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** @returns the only commit. */
function createRepository(root: string, path: string, { files, submodules = {} }: Repository): string {
  const [repository, workTree] = [join(root, `${path}.git`), join(root, `${path}.work-tree`)];
  git('init', '--quiet', '--bare', '--initial-branch=main', repository);
  mkdirSync(workTree, { recursive: true });
  const modules = Object.entries(submodules);
  const gitmodules = modules.map(([folder, module]) => {
    const url = `${relative(path, module.path)}.git`;
    return `[submodule "${folder}"]\n\tpath = ${folder}\n\turl = ${url}\n`;
  });
  const all = { ...files, ...(modules.length > 0 ? { '.gitmodules': gitmodules.join('') } : {}) };
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(workTree, name)), { recursive: true });
    writeFileSync(join(workTree, name), content);
  }
  const here = ['--git-dir', repository, '--work-tree', workTree];
  git(...here, 'add', '--all');
  for (const [folder, module] of modules) {
    const commit = createRepository(root, module.path, module);
    git(...here, 'update-index', '--add', '--cacheinfo', `160000,${commit},${folder}`);
  }
  git(...here, 'commit', '--quiet', '--allow-empty', '--message', 'Files of the test');
  return git('--git-dir', repository, 'rev-parse', 'HEAD');
}

/** Hands a request to git's own CGI program (`git help http-backend`). */
function serve(backend: string, root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const header = (name: string): string => String(request.headers[name] ?? '');
  const cgi = spawn(backend, {
    env: {
      ...GIT_ENVIRONMENT,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: header('content-type'),
      CONTENT_LENGTH: header('content-length'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // A backend that has heard enough closes its stdin.
  cgi.stdin.on('error', () => undefined);
  request.pipe(cgi.stdin);
  let head: Buffer | undefined = Buffer.alloc(0);
  cgi.stdout.on('data', (chunk: Buffer) => {
    if (head === undefined) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    writeHead(response, head.subarray(0, end).toString('latin1'));
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  cgi.on('error', () => response.destroy());
  cgi.stdout.on('end', () => response.end());
}

function writeHead(response: ServerResponse, head: string): void {
  for (const line of head.split('\r\n')) {
    const [name = '', value = ''] = line.split(/:\s*(.*)/s);
    if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
}
