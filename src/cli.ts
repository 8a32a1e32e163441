import { Command as Program, CommanderError } from 'commander';
import * as z from 'zod/mini';
import type { Command } from './commands/command.ts';
import { COMMANDS } from './commands/index.ts';
import type { Context } from './context.ts';
import { DriverError } from './driver-error.ts';
import { EciError } from './eci/container-groups.ts';
import { eciFailure } from './eci/failure.ts';
import { failureText } from './report/job-log.ts';
import { error } from './report/lines.ts';
import { ATTEMPT_VARIABLE, readContract } from './runner/contract.ts';
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
    const sub = program.command(command.name).description(command.summary).copyInheritedSettings(program);
    for (const { name, summary } of command.arguments) sub.argument(name, summary);
    sub.option(
      '--config <file>',
      'settings file (default: GITLAB_ECI_EXECUTOR_CONFIG, else /etc/gitlab-eci-executor/config.toml)',
    );
    sub.option('--profile <name>', 'a [profiles.NAME] table of the settings file');
    sub.action(async (...given: unknown[]) => {
      const args = given.slice(0, command.arguments.length).map(String);
      exitCode = await runCommand(command, sub.opts<SettingsSource>(), args, context);
    });
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    // Help and version are no failures.
    exitCode = thrown.exitCode === 0 ? 0 : systemFailureExitCode;
  }
  await context.stdout.write(texts.stdout);
  await context.stderr.write(texts.stderr);
  return exitCode;
}

async function runCommand(
  command: Command,
  source: SettingsSource,
  args: readonly string[],
  context: Context,
): Promise<number> {
  const { buildFailureExitCode, systemFailureExitCode } = readContract(context.env);
  const output = context[command.speaksOn];
  try {
    const handler = await command.load();
    return await handler(context, source, args);
  } catch (thrown) {
    const foreseen = thrown instanceof EciError ? eciFailure(thrown) : thrown;
    if (foreseen instanceof DriverError) {
      await output.write(failureText(foreseen));
      return foreseen.fault === 'user' ? buildFailureExitCode : systemFailureExitCode;
    }
    if (context.signal.aborted) {
      await output.write(error(`${command.name} was stopped (${(context.signal.reason as Error).message}).`));
      return systemFailureExitCode;
    }
    await output.write(error(await reportBug(thrown, command, source, context)));
    return systemFailureExitCode;
  }
}

/** @returns the sentence for the job log. The error's own text stays in the driver's log: nobody knows what it holds. */
export async function reportBug(
  thrown: unknown,
  command: Command,
  source: SettingsSource,
  context: Context,
): Promise<string> {
  const { writeDriverLog } = await import('./report/driver-log.ts');
  const settings = await loadSettings(source, context.env).catch(() => undefined);
  const file = settings === undefined ? undefined : (settings.log_file ?? `${settings.state_dir}/driver.log`);
  const entry = {
    message: 'bug',
    error: thrown,
    context: { command: command.name, attempt: context.env[ATTEMPT_VARIABLE] },
  };
  const written = file !== undefined && (await writeDriverLog(file, entry));
  const where = written ? `Its stack is in ${file} on the manager` : 'The driver log could not be written';
  return `${command.name} failed through a bug in ${NAME} ${VERSION} (${thrown instanceof Error ? thrown.name : typeof thrown}). ${where}; please report it.`;
}
