/** Inner modules of ssh2, loaded by themselves: the whole package would also load its server and its HTTP agents at every stage. */
declare module 'ssh2/lib/client.js' {
  export { Client as default } from 'ssh2';
}
declare module 'ssh2/lib/keygen.js' {
  import { utils } from 'ssh2';
  const keygen: Pick<typeof utils, 'generateKeyPairSync'>;
  export default keygen;
}
declare module 'ssh2/lib/protocol/keyParser.js' {
  import { utils } from 'ssh2';
  const keyParser: Pick<typeof utils, 'parseKey'>;
  export default keyParser;
}
