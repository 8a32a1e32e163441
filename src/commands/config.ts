import { randomHex } from '../random.ts';
import { withAttempt } from '../group/names.ts';
import { ATTEMPT_VARIABLE, CALLER_VARIABLE, RECORD_VARIABLE } from '../runner/contract.ts';
import { expandedMountPaths } from '../settings/expanded.ts';
import { loadSettings } from '../settings/load.ts';
import { isKept } from '../settings/sections/volume-checks.ts';
import { recordFile } from '../state/state-folder.ts';
import { NAME, VERSION } from '../version.ts';
import type { Handler } from './command.ts';

/**
 * `config_exec`: one JSON document on stdout and nothing else (runner: `executors/custom/api/config.go`). The attempt id is made here: it
 * differs between the runner's prepare attempts, and the matching cleanup gets the same one.
 */
export const config: Handler = async ({ env, stdout, hostName, callerPid }, source) => {
  const settings = expandedMountPaths(await loadSettings(source, env), env);
  const attempt = randomHex(8);
  const document = {
    driver: { name: NAME, version: VERSION },
    hostname: hostName,
    builds_dir: withAttempt(settings.builds_dir, attempt),
    cache_dir: withAttempt(settings.cache_dir, attempt),
    // Then the runner gives each of its jobs a folder of its own below it (runner: `isSharedBuildsDirRequired` of the Kubernetes executor).
    builds_dir_is_shared: isKept(settings.builds_dir, settings.volumes),
    job_env: {
      [ATTEMPT_VARIABLE]: attempt,
      [RECORD_VARIABLE]: recordFile(settings.state_dir, attempt),
      [CALLER_VARIABLE]: String(callerPid),
    },
  };
  await stdout.write(JSON.stringify(document));
  return 0;
};
