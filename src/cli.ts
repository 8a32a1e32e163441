import { callOf } from './call.ts';
import type { Command, Options } from './commands/command.ts';
import { COMMANDS } from './commands/index.ts';
import type { Context } from './context.ts';
import { DriverError, type Fault } from './driver-error.ts';
import { EciError } from './eci/container-groups.ts';
import type { Fields, LogLevel } from './report/driver-log.ts';
import { ThrownBesideSecrets } from './report/found-secrets.ts';
import { failureText } from './report/job-log.ts';
import { error, plain } from './report/lines.ts';
import { readContract } from './runner/contract.ts';
import type { SettingsSource } from './settings/load.ts';
import { NAME, VERSION } from './version.ts';

/**
 * Runs the command that the arguments name. Every way out ends here, and none of them can be mistaken for a failed script: exit code 1
 * is GitLab Runner's "build failure", and it is also what Node exits with after an uncaught exception.
 * @returns the process's exit code.
 */
export async function runProgram(argv: readonly string[], context: Context): Promise<number> {
  // What GitLab Runner calls is known without the library that parses a command line.
  const call = callOf(argv, COMMANDS) ?? (await (await import('./command-line.ts')).parseCommandLine(argv, COMMANDS));
  if (!('said' in call)) return runCommand(call.command, call.source, call.args, call.options, context);
  const { stdout, stderr } = call.said;
  // A write of nothing would wait for the ones before it, which may have no reader.
  if (stdout !== '') await context.stdout.write(stdout);
  if (stderr !== '') await context.stderr.write(stderr);
  return call.isHelp ? 0 : readContract(context.env).systemFailureExitCode;
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
  } catch (caught) {
    const { thrown, found } = caught instanceof ThrownBesideSecrets ? caught : { thrown: caught, found: [] };
    const { buildFailureExitCode, systemFailureExitCode } = readContract(context.env);
    const output = context[command.speaksOn];
    const foreseen = thrown instanceof EciError ? (await import('./eci/failure.ts')).eciFailure(thrown) : thrown;
    const note = noteIn(source, [command.name, ...args.slice(1)].join(' '), context, found);
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
    const file = await note('error', 'bug', { err: thrown });
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
function noteIn(source: SettingsSource, call: string, { env }: Context, found: readonly string[]) {
  return async (level: LogLevel, message: string, fields: Fields): Promise<string | undefined> => {
    const { loadSettings } = await import('./settings/load.ts');
    const settings = await loadSettings(source, env).catch(() => undefined);
    if (settings === undefined) return undefined;
    const { logSettings, openLog } = await import('./commands/open-log.ts');
    const log = logSettings(settings);
    return (await openLog(log, call, env, found).write(level, message, fields)) ? log.file : undefined;
  };
}
