import { Command as Program, CommanderError } from 'commander';
import type { Call } from './call.ts';
import type { Command, Options } from './commands/command.ts';
import type { SettingsSource } from './settings/load.ts';
import { NAME, VERSION } from './version.ts';

/** A command line that calls no command: it asks for help, or it is wrong. */
interface Answer {
  readonly said: { readonly stdout: string; readonly stderr: string };
  /** Help and version are no failures. */
  readonly isHelp: boolean;
}

/** Parses any command line, by the table of commands. */
export async function parseCommandLine(argv: readonly string[], commands: readonly Command[]): Promise<Call | Answer> {
  const said = { stdout: '', stderr: '' };
  let call: Call | undefined;
  const program = new Program(NAME)
    .description('GitLab Runner custom executor: every job on its own Alibaba Cloud ECI container group')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: (text) => (said.stdout += text), writeErr: (text) => (said.stderr += text) });
  for (const command of commands) {
    const sub = declare(command, program);
    sub.option(
      '--config <file>',
      'settings file (default: GITLAB_ECI_EXECUTOR_CONFIG, else /etc/gitlab-eci-executor/config.toml)',
    );
    sub.option('--profile <name>', 'a [profiles.NAME] table of the settings file');
    sub.action((...given: unknown[]) => {
      const args = given.slice(0, command.arguments.length).map(String);
      const { config, profile, ...options } = sub.opts<SettingsSource & Options>();
      call = { command, source: { config, profile }, args, options };
    });
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return { said, isHelp: thrown.exitCode === 0 };
  }
  return call ?? { said, isHelp: false };
}

/** What a command has for itself: its place among the others, its arguments and options. */
function declare({ name, summary, arguments: words, options = [] }: Command, program: Program): Program {
  const path = name.split(' ');
  const parent = path
    .slice(0, -1)
    .reduce(
      (above, word) =>
        above.commands.find((known) => known.name() === word) ??
        above.command(word).description(`commands for the ${word}`).copyInheritedSettings(above),
      program,
    );
  const sub = parent
    .command(path.at(-1) ?? name)
    .description(summary)
    .copyInheritedSettings(parent);
  for (const word of words) sub.argument(word.name, word.summary);
  for (const option of options) sub.option(option.flags, option.summary);
  return sub;
}
