import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { JobPayload } from '../standin/payload.ts';
import { type Answer, CoordinatedJob, type StateUpdate } from './coordinated-job.ts';

/** The part of GitLab that a runner talks to, on 127.0.0.1. It gives out what is queued and keeps what it is told. */
export interface Coordinator {
  /** For `url` in the runner's configuration. */
  readonly url: string;
  /** `METHOD path` of every request so far. */
  readonly requests: readonly string[];
  /** @param onLog the log as it comes in. It is called before the runner gets its answer. */
  queue(job: JobPayload, onLog?: (chunk: Buffer) => void): CoordinatedJob;
  close(): Promise<void>;
}

interface CoordinatorOptions {
  /** The status that every upload of artifacts gets; they are kept if it is not given. */
  readonly refuseUploads?: number;
}

/** Seconds; the runner's own interval of three makes every cancel wait. */
const TRACE_UPDATE_INTERVAL = '1';

export async function startCoordinator(runnerToken: string, options: CoordinatorOptions = {}): Promise<Coordinator> {
  const waiting: CoordinatedJob[] = [];
  const jobs = new Map<number, CoordinatedJob>();
  const requests: string[] = [];

  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    buffer(request)
      .then((body) => answer(request, body, response))
      .catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500);
        response.end(String(error));
      });
  });

  async function answer(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (request.method === 'POST' && pathname === '/api/v4/jobs/request') {
      requestJob(request, response);
      return;
    }
    const { status, headers, body: content } = await jobAnswer(request, pathname, body);
    response.writeHead(status, { ...headers, 'X-GitLab-Trace-Update-Interval': TRACE_UPDATE_INTERVAL }).end(content);
  }

  function requestJob(request: IncomingMessage, response: ServerResponse): void {
    if (request.headers['runner-token'] !== runnerToken) {
      response.writeHead(403).end();
      return;
    }
    const job = waiting.shift();
    if (!job) {
      response.writeHead(204).end();
      return;
    }
    jobs.set(job.payload.id, job);
    // On the wire `inputs` is an array or absent; what the runner writes for its driver has an object in its place.
    const wire = JSON.stringify({ ...job.payload, inputs: undefined });
    response.writeHead(201, { 'Content-Type': 'application/json' }).end(wire);
  }

  async function jobAnswer(request: IncomingMessage, pathname: string, body: Buffer): Promise<Answer> {
    const [, id, part = ''] = /^\/api\/v4\/jobs\/(\d+)((?:\/trace|\/artifacts)?)$/.exec(pathname) ?? [];
    const job = jobs.get(Number(id));
    if (!job) return { status: 404 };
    if (request.headers['job-token'] !== job.payload.token) return { status: 403 };
    switch (`${request.method} ${part}`) {
      case 'PATCH /trace':
        return job.appendLog(request.headers['content-range'] ?? '', body);
      case 'PUT ':
        return job.update(JSON.parse(body.toString('utf8')) as StateUpdate);
      case 'POST /artifacts':
        if (options.refuseUploads !== undefined) return { status: options.refuseUploads };
        return job.upload(request.headers['content-type'] ?? '', body);
      case 'GET /artifacts':
        return job.download();
      default:
        return { status: 405 };
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    queue: (payload, onLog) => {
      const job = new CoordinatedJob(payload, onLog);
      waiting.push(job);
      return job;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
