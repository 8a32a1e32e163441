const OCTET = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^(${OCTET}\\.){3}${OCTET}$`);

/**
 * Whether a text is an IP address, without a zone. `node:net` would tell too; loading that module takes a fifth of the time in which a Node
 * process starts, and a call of `config` opens no socket.
 */
export const isAddress = (text: string): boolean =>
  IPV4.test(text) || (/^[\da-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]`));
