import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AdvanceableClock } from './advanceable-clock.ts';
import type { CloudClock } from './clock.ts';
import { Cloud } from './cloud/cloud.ts';
import { control } from './control.ts';
import type { Emulator } from './emulated-cloud.ts';
import { type ListenAddress, parseListen } from './listen.ts';
import type { MachineKind } from './machine.ts';
import { containerMachines } from './machines/containers/container-machines.ts';
import { processMachines } from './machines/process-machines.ts';
import { makeReport, type RecordedCall } from './report.ts';
import { rootFolder } from './root-folder.ts';
import type { Scenario } from './scenario.ts';
import { answerCall, send } from './wire/api-server.ts';
import { Faults } from './wire/faults.ts';
import { SignatureCheck } from './wire/signature.ts';

export interface EmulatorOptions {
  readonly scenario: Scenario;
  /** What runs containers; what the scenario names if not given. */
  readonly machines?: MachineKind;
  /** Wins over the scenario's. */
  readonly root?: string;
  /** Wins over the scenario's. */
  readonly listen?: string;
  /** One that can be advanced, if not given. */
  readonly clock?: CloudClock;
}

/** A ConfigFile volume in the query makes a request line of tens of kilobytes; Node's own limit is 16. */
const MAX_HEADER_SIZE = 4 * 1024 * 1024;

export type { Emulator } from './emulated-cloud.ts';

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { scenario, clock = new AdvanceableClock() } = options;
  const address = parseListen(options.listen ?? scenario.listen);
  const root = await rootFolder(options.root ?? scenario.root);
  const machines =
    options.machines ??
    (await machinesOf(scenario, root.path, clock).catch(async (error: unknown) => {
      await root.remove();
      throw error;
    }));
  const cloud = new Cloud(scenario, root.path, machines, clock);
  const recorded: RecordedCall[] = [];
  const closed = new AbortController();
  const faults = new Faults(clock, closed.signal, scenario.throttling_status);
  const key = { id: scenario.access_key_id, secret: scenario.access_key_secret };
  // Clients sign with the time of the real world, whatever the cloud's clock says.
  let skew = 0;
  const signatures = new SignatureCheck(key, () => Date.now() + skew, scenario.security_token);
  const parts = {
    cloud,
    faults,
    signatures,
    record: (call: RecordedCall) => void recorded.push(call),
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const path = new URL(request.url ?? '/', 'http://emulator').pathname;
    if (path === '/') return answerCall(request, body, response, parts);
    const { status, body: result } = await control(request.method ?? '', path, body, emulator);
    send(response, status, result);
  };
  const server = createServer({ maxHeaderSize: MAX_HEADER_SIZE }, (request, response) => {
    // A client that went away in the middle of its request is its own affair.
    handle(request, response).catch(() => request.socket.destroy());
  });
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    closed.abort();
    await close(server);
    await cloud.stop().finally(() => root.remove());
  };
  const emulator: Emulator = {
    endpoint: await listen(server, address).catch(async (error: unknown) => {
      await root.remove();
      throw error;
    }),
    root: root.path,
    scenario,
    report: () => makeReport(cloud, recorded),
    requests: () => recorded,
    fault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    reclaim: (id, noticeSeconds) => cloud.life(id)?.reclaim(noticeSeconds) ?? false,
    removeGroup: (id) => {
      const life = cloud.life(id);
      void life?.kill();
      return life !== undefined;
    },
    platformEnds: (id, why) => cloud.life(id)?.platformEnds(why) ?? false,
    now: () => clock.now(),
    advance: (seconds) => {
      if (!(clock instanceof AdvanceableClock)) throw new Error('this clock is advanced by whoever made it');
      return clock.advance(seconds);
    },
    skewClock: (seconds) => void (skew = seconds * 1000),
    replaceSecurityToken: (token) => signatures.replaceSecurityToken(token),
    setStock: (rule) => cloud.stock.prepend(rule),
    changeAccount: (rules) => cloud.account.change(rules),
    oom: (id, container, scope) => cloud.life(id)?.oom(container, scope) ?? false,
    endContainer: (id, container, code) => cloud.life(id)?.endContainer(container, code) ?? false,
    connections: (id, condition) => cloud.life(id)?.connections(condition) ?? false,
    stop: () => (stopped ??= stop()),
  };
  return emulator;
}

/** @throws Error with one sentence where machines of that kind cannot be had. */
async function machinesOf(scenario: Scenario, root: string, clock: CloudClock): Promise<MachineKind> {
  const { machines, images = '', reachable, gitlab_runner, disk_mib: diskSize } = scenario;
  if (machines === 'containers') return containerMachines({ images, clock, reachable, diskSize });
  return processMachines({ root, clock, ...(gitlab_runner === undefined ? {} : { gitlabRunner: gitlab_runner }) });
}

/** @returns host and port. */
async function listen(server: Server, { host, port }: ListenAddress): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return `${host}:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  const closing = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closing;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
