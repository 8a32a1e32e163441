import { createReadStream, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Client } from 'ssh2';

/**
 * The least that a program with ssh2 can do to run a script on an agent: connect, one channel, the script in, the log out. No reconnecting,
 * no watch over the group, no second container: what the driver takes longer, those cost.
 *
 * Arguments: host, port, file of the private key, request, script file.
 */
const [host = '', port = '', keyFile = '', request = '', scriptFile = ''] = process.argv.slice(2);
const client = new Client();
client.on('ready', () => {
  client.exec(request, (error, channel) => {
    if (error) throw error;
    channel.stdout.pipe(process.stdout);
    channel.stderr.resume();
    channel.on('exit', (code: number) => (process.exitCode = code));
    channel.on('close', () => client.end());
    createReadStream(scriptFile).pipe(channel.stdin);
  });
});
client.connect({
  sock: connect({ host, port: Number(port), noDelay: true }),
  username: 'bench',
  privateKey: readFileSync(keyFile),
  hostVerifier: () => true,
  algorithms: { cipher: ['aes128-gcm@openssh.com'], kex: ['curve25519-sha256'] },
});
