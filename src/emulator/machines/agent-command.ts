import { parseArgs } from 'node:util';

/** The agent's two commands, as docs/agent-protocol.md, section 1, writes them. */
export type AgentCommand =
  | {
      readonly kind: 'install';
      readonly dest: string;
      readonly keys: readonly { readonly from: string; readonly to: string }[];
    }
  | {
      readonly kind: 'serve';
      readonly container: string;
      readonly port: number;
      readonly keys: string;
      readonly run: string;
      /** Seconds. */
      readonly maxLifetime: number;
      readonly abandonAfter: number;
    };

/** @throws Error with a sentence when the words are not a command of the agent. */
export function parseAgentCommand(argv: readonly string[]): AgentCommand {
  const [program = '', verb = '', ...flags] = argv;
  if (!program.endsWith('/eci-agent')) {
    throw new Error(`process machines run the agent only, not "${argv.join(' ')}"`);
  }
  const string = { type: 'string' } as const;
  if (verb === 'install') {
    const { values } = parseArgs({ args: flags, options: { dest: string, keys: { ...string, multiple: true } } });
    return {
      kind: 'install',
      dest: required(values.dest, 'dest'),
      keys: (values.keys ?? []).map((pair) => {
        const [from = '', to = ''] = pair.split(':');
        return { from, to };
      }),
    };
  }
  if (verb !== 'serve') throw new Error(`the agent has no command "${verb}"`);
  const { values } = parseArgs({
    args: flags,
    options: {
      container: string,
      port: string,
      keys: string,
      run: string,
      'max-lifetime': string,
      'abandon-after': string,
    },
  });
  return {
    kind: 'serve',
    container: required(values.container, 'container'),
    port: Number(required(values.port, 'port')),
    keys: required(values.keys, 'keys'),
    run: required(values.run, 'run'),
    maxLifetime: Number(required(values['max-lifetime'], 'max-lifetime')),
    abandonAfter: Number(required(values['abandon-after'], 'abandon-after')),
  };
}

function required(value: string | undefined, flag: string): string {
  if (value === undefined) throw new Error(`the agent needs --${flag}`);
  return value;
}
