import type { Command, Options } from './commands/command.ts';
import type { SettingsSource } from './settings/load.ts';

/** A command with all that its handler is given beside the context. */
export interface Call {
  readonly command: Command;
  readonly source: SettingsSource;
  readonly args: readonly string[];
  readonly options: Options;
}

const SOURCES = ['config', 'profile'] as const;

/**
 * Reads a call as GitLab Runner makes it: a command of one word and without options of its own, the settings' source before or behind its
 * arguments.
 * @returns undefined for every other command line, right or wrong: `command-line.ts` knows them all.
 */
export function callOf([name, ...words]: readonly string[], commands: readonly Command[]): Call | undefined {
  const command = commands.find((known) => known.name === name && known.options === undefined);
  if (!command) return undefined;
  const source: { -readonly [Name in keyof SettingsSource]: SettingsSource[Name] } = {};
  const args: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const option = SOURCES.find((known) => word === `--${known}`);
    const value = words[at + 1];
    if (option !== undefined && value !== undefined && !value.startsWith('-')) {
      source[option] = value;
      at++;
    } else if (word.startsWith('-')) return undefined;
    else args.push(word);
  }
  return args.length === command.arguments.length ? { command, source, args, options: {} } : undefined;
}
