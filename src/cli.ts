import { Command as Program, CommanderError } from 'commander';
import * as z from 'zod/mini';
import type { Command, Options } from './commands/command.ts';
import { COMMANDS } from './commands/index.ts';
import type { Context } from './context.ts';
import { DriverError, type Fault } from './driver-error.ts';
import { EciError } from './eci/container-groups.ts';
import { eciFailure } from './eci/failure.ts';
import type { Fields, LogLevel } from './report/driver-log.ts';
import { failureText } from './report/job-log.ts';
import { error, plain } from './report/lines.ts';
import { readContract } from './runner/contract.ts';
import { loadSettings, type SettingsSource } from './settings/load.ts';
import { NAME, VERSION } from './version.ts';

/** zod would compile each schema to a function first, which takes longer than the one document that a process checks with it. */
z.config({ jitless: true });

/**
 * Runs the command that the arguments name. Every way out ends here, and none of them can be mistaken for a failed script: exit code 1
 * is GitLab Runner's "build failure", and it is also what Node exits with after an uncaught exception.
 * @returns the process's exit code.
 */
export async function runProgram(argv: readonly string[], context: Context): Promise<number> {
  const { systemFailureExitCode } = readContract(context.env);
  let exitCode = systemFailureExitCode;
  const texts: { stdout: string; stderr: string } = { stdout: '', stderr: '' };
  const program = new Program(NAME)
    .description('GitLab Runner custom executor: every job on its own Alibaba Cloud ECI container group')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: (text) => (texts.stdout += text), writeErr: (text) => (texts.stderr += text) });
  for (const command of COMMANDS) {
    const sub = declare(command, program);
    sub.option(
      '--config <file>',
      'settings file (default: GITLAB_ECI_EXECUTOR_CONFIG, else /etc/gitlab-eci-executor/config.toml)',
    );
    sub.option('--profile <name>', 'a [profiles.NAME] table of the settings file');
    sub.action(async (...given: unknown[]) => {
      const args = given.slice(0, command.arguments.length).map(String);
      const { config, profile, ...options } = sub.opts<SettingsSource & Options>();
      exitCode = await runCommand(command, { config, profile }, args, options, context);
    });
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    // Help and version are no failures.
    exitCode = thrown.exitCode === 0 ? 0 : systemFailureExitCode;
  }
  // Commander's own words. A write of nothing would wait for the ones before it, which may have no reader.
  if (texts.stdout !== '') await context.stdout.write(texts.stdout);
  if (texts.stderr !== '') await context.stderr.write(texts.stderr);
  return exitCode;
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

async function runCommand(
  command: Command,
  source: SettingsSource,
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<number> {
  try {
    const handler = await command.load();
    return await handler(context, source, args, options);
  } catch (thrown) {
    const { buildFailureExitCode, systemFailureExitCode } = readContract(context.env);
    const output = context[command.speaksOn];
    const foreseen = thrown instanceof EciError ? eciFailure(thrown) : thrown;
    const note = noteIn(source, [command.name, ...args.slice(1)].join(' '), context);
    if (foreseen instanceof DriverError) {
      const { fault, message } = foreseen;
      await output.write(failureText(foreseen));
      await note(LEVEL_OF[fault], 'failed', { fault, what: message });
      return fault === 'user' ? buildFailureExitCode : systemFailureExitCode;
    }
    if (context.signal.aborted) {
      const { message } = context.signal.reason as Error;
      await output.write(
        plain(
          `GitLab Runner has stopped ${command.name} (${message}): the job was cancelled, or ${command.name}_exec_timeout or the job's own timeout is over.`,
        ),
      );
      await note('info', 'stopped', { by: message });
      return systemFailureExitCode;
    }
    // What it says stays in the driver's log: nobody knows what it holds.
    const { errorFields } = await import('./report/redact.ts');
    const file = await note('error', 'bug', { err: errorFields(thrown) });
    const where = file === undefined ? 'The driver log could not be written' : `Its stack is in ${file} on the manager`;
    await output.write(
      error(
        `${command.name} failed through a bug in ${NAME} ${VERSION} (${thrown instanceof Error ? thrown.name : typeof thrown}). ${where}; please report it.`,
      ),
    );
    return systemFailureExitCode;
  }
}

/** Whose fault it is says who should look. */
const LEVEL_OF: Readonly<Record<Fault, LogLevel>> = { user: 'info', platform: 'warn', operator: 'error' };

/** Writes to the driver's log by the settings file, if that can be read. @returns where the entry stands, undefined when it was not written. */
function noteIn(source: SettingsSource, call: string, { env }: Context) {
  return async (level: LogLevel, message: string, fields: Fields): Promise<string | undefined> => {
    const settings = await loadSettings(source, env).catch(() => undefined);
    if (settings === undefined) return undefined;
    const { logSettings, openLog } = await import('./commands/open-log.ts');
    const log = logSettings(settings);
    return (await openLog(log, call, env).write(level, message, fields)) ? log.file : undefined;
  };
}
