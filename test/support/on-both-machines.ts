/** Files of whole jobs that run twice: on process machines, and on container machines with the agent in Go. The rest is about the API alone. */
export const ON_BOTH_MACHINES: readonly string[] = [
  'bad-luck',
  'colours',
  'connections',
  'cut-connection',
  'first-job',
  'group-gone',
  'signals',
  'starting',
  'stopping',
].map((file) => `test/scenarios/${file}.test.ts`);
