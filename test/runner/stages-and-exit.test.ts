import { describe, expect, it } from 'vitest';
import { readContract } from '../../src/runner/contract.ts';
import { exitFor, outcomeOf } from '../../src/runner/exit.ts';
import { containerOf } from '../../src/runner/stages.ts';

const contract = readContract({
  BUILD_FAILURE_EXIT_CODE: '11',
  SYSTEM_FAILURE_EXIT_CODE: '12',
  BUILD_EXIT_CODE_FILE: '/x',
});

describe('a stage', () => {
  it.each([
    'prepare_script',
    'get_sources',
    'clear_worktree',
    'restore_cache',
    'download_artifacts',
    'archive_cache',
    'archive_cache_on_failure',
    'upload_artifacts_on_success',
    'upload_artifacts_on_failure',
    'cleanup_file_variables',
  ])('%s runs in the helper container', (stage) => expect(containerOf(stage)).toBe('helper'));

  it.each(['build_script', 'step_script', 'step_release', 'after_script', 'some_future_stage'])(
    '%s runs in the build container',
    (stage) => expect(containerOf(stage)).toBe('build'),
  );
});

describe('what the runner is told', () => {
  const told = (stage: string, end: Parameters<typeof outcomeOf>[1]) => exitFor(outcomeOf(stage, end), contract);

  it('a script that ended with 0 is success', () => {
    expect(told('build_script', { kind: 'exited', code: 0 })).toEqual({ code: 0 });
  });

  it('a script that ended with 42 is a build failure, and the file says 42', () => {
    expect(told('build_script', { kind: 'exited', code: 42 })).toEqual({ code: 11, exitCodeFile: '42\n' });
  });

  it.each([
    ['KILL', '137\n'],
    ['TERM', '143\n'],
    ['SEGV', '139\n'],
    ['no-such-signal', '137\n'],
  ])('a script killed by %s is a build failure, and the file says %s', (signal, exitCodeFile) => {
    expect(told('build_script', { kind: 'signalled', signal, oom: false })).toEqual({ code: 11, exitCodeFile });
  });

  it('whatever happened to a script instead is a system failure', () => {
    const ends = [
      { kind: 'interrupted' },
      { kind: 'cancelled' },
      { kind: 'group-lost', sentence: '' },
      { kind: 'lost', sentence: '' },
    ] as const;
    for (const end of ends) expect(told('build_script', end)).toEqual({ code: 12 });
  });

  it('a failed upload does not make a green job a red test', () => {
    expect(told('upload_artifacts_on_success', { kind: 'exited', code: 1 })).toEqual({ code: 12 });
    expect(told('archive_cache', { kind: 'exited', code: 1 })).toEqual({ code: 12 });
    expect(told('get_sources', { kind: 'exited', code: 128 })).toEqual({ code: 11, exitCodeFile: '128\n' });
  });

  it('an image without a shell is the fault of who chose it', () => {
    expect(told('build_script', { kind: 'no-shell', sentence: '' })).toEqual({ code: 11, exitCodeFile: '1\n' });
    expect(told('get_sources', { kind: 'no-shell', sentence: '' })).toEqual({ code: 12 });
  });

  it('without the runner, and from garbage, the usual codes are taken', () => {
    expect(readContract({ BUILD_FAILURE_EXIT_CODE: 'x' })).toMatchObject({
      buildFailureExitCode: 1,
      systemFailureExitCode: 2,
    });
  });
});
