import type { Context } from '../context.ts';
import type { SettingsSource } from '../settings/load.ts';

/** @returns the exit code. Foreseen failures are thrown as DriverError, everything else that is thrown counts as a bug. */
export type Handler = (context: Context, source: SettingsSource, args: readonly string[]) => Promise<number>;

/** A command is data: help, dispatch and docs read the same table. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** In commander's words: `<script>` is required. */
  readonly arguments: readonly { readonly name: string; readonly summary: string }[];
  /** Where its own words go when it fails: `config` prints JSON on stdout and nothing else, cleanup's stdout nobody sees. */
  readonly speaksOn: 'stdout' | 'stderr';
  /** Loads the command's code, and only that. */
  load(): Promise<Handler>;
}
