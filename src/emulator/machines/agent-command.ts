import { parseArgs } from 'node:util';
import type { ContainerSpec } from '../machine.ts';

/** The agent's two commands, as docs/agent-protocol.md, section 1, writes them. */
type AgentCommand =
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

const AGENT_PROGRAM = '/eci-agent';
const LARGEST_PORT = 65535;
const text = { type: 'string' } as const;

/** What a container of a process machine is to do. @throws as the following. */
export const agentCommandOf = ({ command, args }: ContainerSpec): AgentCommand =>
  parseAgentCommand([...command, ...args]);

/** Whether it would be the agent. */
export const isAgentCommand = ({ command }: Pick<ContainerSpec, 'command'>): boolean =>
  (command[0] ?? '').endsWith(AGENT_PROGRAM);

/** @throws Error with a sentence when the words are not a command of the agent. */
export function parseAgentCommand(argv: readonly string[]): AgentCommand {
  const [program = '', verb = '', ...flags] = argv;
  if (!program.endsWith(AGENT_PROGRAM)) {
    throw new Error(`process machines run the agent only, not "${argv.join(' ')}"`);
  }
  if (verb === 'install') return parseInstall(flags);
  if (verb === 'serve') return parseServe(flags);
  throw new Error(`the agent has no command "${verb}"`);
}

function parseInstall(args: string[]): AgentCommand {
  const { values } = parseArgs({ args, options: { dest: text, keys: { ...text, multiple: true } } });
  const keys = (values.keys ?? []).map((pair) => {
    const [from = '', to = ''] = pair.split(':');
    if (!from || !to) throw new Error(`the agent's --keys is FROM:TO, not "${pair}"`);
    return { from, to };
  });
  return { kind: 'install', dest: required(values.dest, 'dest'), keys };
}

function parseServe(args: string[]): AgentCommand {
  const options = {
    container: text,
    port: text,
    keys: text,
    run: text,
    'max-lifetime': text,
    'abandon-after': text,
  };
  const { values } = parseArgs({ args, options });
  return {
    kind: 'serve',
    container: required(values.container, 'container'),
    port: number(values.port, 'port', LARGEST_PORT),
    keys: required(values.keys, 'keys'),
    run: required(values.run, 'run'),
    maxLifetime: number(values['max-lifetime'], 'max-lifetime'),
    abandonAfter: number(values['abandon-after'], 'abandon-after'),
  };
}

function required(value: string | undefined, flag: string): string {
  if (!value) throw new Error(`the agent needs --${flag}`);
  return value;
}

function number(value: string | undefined, flag: string, largest = Infinity): number {
  const parsed = Number(required(value, flag));
  if (!(parsed > 0 && parsed <= largest)) throw new Error(`the agent's --${flag} cannot be "${value}"`);
  return parsed;
}
