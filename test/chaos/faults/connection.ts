import type { FaultRow } from '../row.ts';

const SCRIPT = { when: 'script', then: 'goes on', subject: 'connection', notices: 'log' } as const;

/** Milliseconds for which a connection is away, from the shortest to the longest. */
const between = (shortest: number, longest: number, draw: number): number => shortest + draw * (longest - shortest);

/** The network between manager and group, while a script runs. */
export const CONNECTION: readonly FaultRow[] = [
  {
    fault: 'TCP reset',
    what: 'the connections to the group are reset; new ones are welcome',
    ...SCRIPT,
    inject: (scene) => scene.connections('reset'),
  },
  {
    fault: 'connections refused for a while',
    what: 'connections end, and so does every new one, for up to two seconds',
    ...SCRIPT,
    inject: (scene, draw) => scene.connectionsFor(between(200, 2000, draw), 'drop'),
  },
  {
    fault: 'short stall',
    what: 'no byte passes for up to a second, less than the keepalive takes to notice',
    ...SCRIPT,
    inject: (scene, draw) => scene.connectionsFor(between(200, 1000, draw), 'stall'),
  },
  {
    fault: 'long stall',
    what: 'no byte passes for three to five seconds, on new connections either',
    ...SCRIPT,
    inject: (scene, draw) => scene.connectionsFor(between(3000, 5000, draw), 'stall'),
  },
  {
    fault: 'half-open connection',
    what: 'what lies between has forgotten the connections: nothing of theirs arrives any more, and nobody is told',
    ...SCRIPT,
    inject: (scene) => scene.connections('half-open'),
  },
  {
    fault: 'slow network',
    what: 'every byte takes up to half a second longer, for two seconds',
    ...SCRIPT,
    inject: (scene, draw) => scene.connectionsFor(2000, 'delay', between(0.1, 0.5, draw)),
  },
  {
    fault: 'connection lost for good',
    what: 'no byte passes any more, until the driver gives up at its bound',
    ...SCRIPT,
    then: 'system failure',
    notices: 'stage',
    hangs: true,
    inject: (scene) => scene.connections('stall'),
  },
  {
    fault: 'wrong host key at the start',
    what: 'something else than the group answers at its address, at each attempt',
    when: 'before',
    then: 'no machine',
    subject: 'image',
    only: 'processes',
    ground: () => ({ image: 'host_key = "wrong"' }),
    tookHold: ({ emulator }) => emulator.report().groups.created > 0,
  },
];
