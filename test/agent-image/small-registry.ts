import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { digestOf } from '../../src/agent-image/oci.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

export interface SmallRegistry {
  readonly base: URL;
  /** Every request so far. */
  readonly asked: readonly Asked[];
  /** By digest or tag. */
  readonly kept: Map<string, Buffer>;
  stop(): Promise<void>;
}

/** @returns whether it has answered, or never will. */
export type Misbehaviour = (asked: Asked, response: ServerResponse, earlier: readonly Asked[]) => boolean;

/** A registry on 127.0.0.1 that can be made to misbehave: what a real one does when all is well is tested with a real one. */
export async function startSmallRegistry(misbehave: Misbehaviour = () => false): Promise<SmallRegistry> {
  const asked: Asked[] = [];
  const kept = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    void (async () => {
      const { method = '', url: path = '', headers } = request;
      const body = await buffer(request);
      const now = { method, path, authorization: headers.authorization };
      const earlier = [...asked];
      asked.push(now);
      if (!misbehave(now, response, earlier)) answer(request, body, response, kept);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    base: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    asked,
    kept,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(request: IncomingMessage, body: Buffer, response: ServerResponse, kept: Map<string, Buffer>): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const reference = searchParams.get('digest') ?? pathname.split('/').at(-1) ?? '';
  if (request.method === 'POST') {
    response.writeHead(202, { location: '/upload?state=a%2Bb' }).end();
  } else if (request.method === 'PUT') {
    kept.set(reference, body).set(digestOf(body), body);
    response.writeHead(201).end();
  } else {
    const content = kept.get(reference);
    response.writeHead(content ? 200 : 404, { 'content-length': content?.length ?? 0 }).end(content);
  }
}
