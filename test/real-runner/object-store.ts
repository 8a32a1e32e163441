import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** As much of S3 as presigned requests for whole objects need, on 127.0.0.1. */
export interface ObjectStore {
  /** Host and port. */
  readonly address: string;
  /** By bucket and key. */
  readonly objects: ReadonlyMap<string, Buffer>;
  close(): Promise<void>;
}

/** @param accessKey whose presigned requests are let in. That a signature is right is not checked. */
export async function startObjectStore(accessKey: string): Promise<ObjectStore> {
  const objects = new Map<string, Buffer>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const body = await buffer(request);
    const signedBy = searchParams.get('X-Amz-Credential')?.split('/')[0];
    if (signedBy !== accessKey || !searchParams.has('X-Amz-Signature')) {
      response.writeHead(403).end();
      return;
    }
    const name = decodeURIComponent(pathname.slice(1));
    if (request.method === 'PUT') objects.set(name, body);
    const object = objects.get(name);
    if (!object) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Length': request.method === 'PUT' ? 0 : object.byteLength });
    response.end(request.method === 'GET' ? object : undefined);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
