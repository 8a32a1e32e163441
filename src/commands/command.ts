import type { Context } from '../context.ts';
import type { SettingsSource } from '../settings/load.ts';

/** The command's own options by their names in camel case: the value, or true for one without. What was not given is missing. */
export type Options = Readonly<Record<string, string | true | undefined>>;

/** @returns the exit code. Foreseen failures are thrown as DriverError, everything else that is thrown counts as a bug. */
export type Handler = (
  context: Context,
  source: SettingsSource,
  args: readonly string[],
  options: Options,
) => Promise<number>;

/** A command is data: help, dispatch and docs read the same table. */
export interface Command {
  /** With a blank in it, the second word is a sub-command of the first. */
  readonly name: string;
  readonly summary: string;
  /** In commander's words: `<script>` is required. */
  readonly arguments: readonly { readonly name: string; readonly summary: string }[];
  /** Beside those that every command has. In commander's words: `--archive <file>` has a value. */
  readonly options?: readonly { readonly flags: string; readonly summary: string }[];
  /** Where its own words go when it fails: `config` prints JSON on stdout and nothing else, cleanup's stdout nobody sees. */
  readonly speaksOn: 'stdout' | 'stderr';
  /** Loads the command's code, and only that. */
  load(): Promise<Handler>;
}
