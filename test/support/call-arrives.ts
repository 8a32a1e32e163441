import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { World } from './world.ts';

/** Node says so of every server of this process, which the emulator's is one of. */
const STARTED = 'http.server.request.start';

/** Resolves when the next call of the API has come to the emulator as a whole, whatever its work is then waiting for: `requests()` has it once it is answered. */
export const callArrives = ({ emulator }: World): Promise<void> =>
  new Promise((resolve) => {
    const look = (started: unknown): void => {
      const { request, server } = started as { request: IncomingMessage; server: Server };
      if (!emulator.endpoint.endsWith(`:${(server.address() as AddressInfo | null)?.port}`)) return;
      unsubscribe(STARTED, look);
      request.once('end', resolve);
    };
    subscribe(STARTED, look);
  });
