import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CloudClock, realTime } from './clock.ts';
import { Cloud } from './cloud/cloud.ts';
import { control } from './control.ts';
import type { MachineKind } from './machine.ts';
import { processMachines } from './machines/process-machines.ts';
import { makeReport, type RecordedCall, type Report } from './report.ts';
import type { Scenario } from './scenario.ts';
import { answerCall, send } from './wire/api-server.ts';
import { type Fault, Faults } from './wire/faults.ts';
import { SignatureCheck } from './wire/signature.ts';

/** An emulated account in one region, with its API on a loopback port. */
export interface Emulator {
  /** `127.0.0.1:PORT` */
  readonly endpoint: string;
  /** Folder of the machines. */
  readonly root: string;
  readonly scenario: Scenario;
  report(): Report;
  requests(): readonly RecordedCall[];
  fault(fault: Fault): void;
  /** Announces a spot reclaim and carries it out after the notice. @returns false when there is no such group. */
  reclaim(id: string, noticeSeconds: number): boolean;
  /** Lets a group vanish, as if somebody deleted it in the console. */
  removeGroup(id: string): boolean;
  /** Stops machines and server, removes what they left. */
  stop(): Promise<void>;
}

export interface EmulatorOptions {
  readonly scenario: Scenario;
  /** What runs containers; process machines if not given. */
  readonly machines?: MachineKind;
  readonly clock?: CloudClock;
}

/** A ConfigFile volume in the query makes a request line of tens of kilobytes; Node's own limit is 16. */
const MAX_HEADER_SIZE = 4 * 1024 * 1024;

export async function startEmulator({ scenario, machines, clock = realTime }: EmulatorOptions): Promise<Emulator> {
  const root = scenario.root ?? (await mkdtemp(join(tmpdir(), 'eci-emulator-')));
  await mkdir(root, { recursive: true });
  const gitlabRunner = scenario.gitlab_runner;
  const kind = machines ?? processMachines({ root, ...(gitlabRunner === undefined ? {} : { gitlabRunner }) });
  const cloud = new Cloud(scenario, root, kind, clock);
  const recorded: RecordedCall[] = [];
  const faults = new Faults(clock);
  const key = { id: scenario.access_key_id, secret: scenario.access_key_secret };
  const parts = {
    cloud,
    faults,
    signatures: new SignatureCheck(key, () => clock.now()),
    record: (call: RecordedCall) => void recorded.push(call),
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const path = new URL(request.url ?? '/', 'http://emulator').pathname;
    if (path === '/') return answerCall(request, body, response, parts);
    const { status, body: result } = control(request.method ?? '', path, body, emulator);
    send(response, status, result);
  };
  const server = createServer({ maxHeaderSize: MAX_HEADER_SIZE }, (request, response) => {
    // A client that went away in the middle of its request is its own affair.
    handle(request, response).catch(() => request.socket.destroy());
  });
  const [host = '127.0.0.1', port = '0'] = scenario.listen.split(':');
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(port), host, resolve);
  });

  const emulator: Emulator = {
    endpoint: `${host}:${(server.address() as AddressInfo).port}`,
    root,
    scenario,
    report: () => makeReport(cloud, recorded),
    requests: () => recorded,
    fault: (fault) => faults.add(fault),
    reclaim: (id, noticeSeconds) => {
      const life = cloud.life(id);
      if (!life) return false;
      life.group.event(
        'Warning',
        'SpotToBeReleased',
        `Spot ECI will be released in ${Math.ceil(noticeSeconds / 60)} minutes`,
      );
      void clock.sleep(noticeSeconds * 1000).then(() => life.end('Expired'));
      return true;
    },
    removeGroup: (id) => {
      const life = cloud.life(id);
      void life?.kill();
      return life !== undefined;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await cloud.stop();
      if (scenario.root === undefined) await rm(root, { recursive: true, force: true });
    },
  };
  return emulator;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
