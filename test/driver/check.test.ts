import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDriver } from '../support/bundle.ts';
import { MINIMAL } from '../support/settings.ts';

let folder: string;
let config: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-'));
  config = join(folder, 'config.toml');
  await writeFile(config, `state_dir = "${folder}/state"\nbuilds_dir = "/b/{attempt}"\n${MINIMAL}`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const codes = { BUILD_FAILURE_EXIT_CODE: '31', SYSTEM_FAILURE_EXIT_CODE: '32' };

describe('check', () => {
  it('says what valid settings amount to', async () => {
    const { code, stdout } = await runDriver(['check', '--config', config]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `${config} is valid.\nLooking for capacity: 1 zone, 1 type, spot (SpotAsPriceGo): 1 attempt per round\n`,
    );
  });

  it('says the size that requests make, and when types are named in their place', async () => {
    const file = join(folder, 'requests.toml');
    const withoutTypes = MINIMAL.replace(/^instance_types.*$/m, '');
    await writeFile(file, `cpu_request = "4"\n${withoutTypes}`);
    const sized = await runDriver(['check', '--config', file]);
    expect([sized.code, sized.stdout]).toEqual([0, expect.stringContaining('1 zone, 1 type, spot')]);
    await writeFile(file, `cpu_request = "4"\nmemory_request = "8Gi"\n${MINIMAL}`);
    const typed = await runDriver(['check', '--config', file]);
    expect(typed.stdout).toContain(
      'instance_types size the group: cpu_request, memory_request only count beside requests of a job.',
    );
    await writeFile(file, withoutTypes);
    expect((await runDriver(['check', '--config', file])).stdout).toContain(
      'instance_types: this setting is required, unless cpu_request, memory_request, pod_cpu_request, pod_memory_request size the group',
    );
  });

  it.each([
    [11, true],
    [12, false],
  ])('warns of a grace in which a script cannot be ended in order: %i s: %s', async (grace, warns) => {
    const file = join(folder, 'grace.toml');
    await writeFile(file, `termination_grace_period_seconds = ${grace}\n${MINIMAL}`);
    const { code, stdout } = await runDriver(['check', '--config', file]);
    expect(code).toBe(0);
    expect(stdout.includes('termination_grace_period_seconds is less than 12: a script')).toBe(warns);
  });

  it.each([
    ['a Docker daemon', '[[services]]\nname = "docker:27-dind"', 'The service docker:27-dind is a Docker daemon'],
    [
      'a file that is not there',
      '[[volumes.config_file]]\nname = "m"\nmount_path = "/m"\n[volumes.config_file.files]\na = { file = "/nowhere/a" }',
      'The file /nowhere/a of the volume m cannot be read (ENOENT).',
    ],
    ['storage', '[profiles.p]\nephemeral_storage_request = "6000Gi"', 'ECI gives 5030 GiB at most'],
  ])('says what every job would fail of, as a system failure: %s', async (_what, tables, sentence) => {
    const file = join(folder, 'failing.toml');
    await writeFile(file, `${MINIMAL}\n${tables}`);
    const profile = tables.includes('profiles') ? ['--profile', 'p'] : [];
    const { code, stdout } = await runDriver(['check', '--config', file, ...profile], codes);
    expect([code, stdout]).toEqual([32, expect.stringContaining(sentence)]);
  });

  it('fills in the variables of the settings as those of a job', async () => {
    const file = join(folder, 'variables.toml');
    await writeFile(file, `${MINIMAL}\n[[volumes.empty_dir]]\nname = "v"\nmount_path = "/keep/$WHERE"`);
    expect((await runDriver(['check', '--config', file])).code).toBe(0);
  });

  it('shows what is sent to the create call as it stands, without its secrets', async () => {
    const more = join(folder, 'more.toml');
    const login = '[[parameters.Logins]]\nServer = "registry.example.com"\nPassword = "s3cret-value"';
    await writeFile(more, `${MINIMAL}\n[parameters]\nCorePattern = "/tmp/core"\n${login}`);
    const { stdout } = await runDriver(['check', '--config', more]);
    expect(stdout).toContain(
      'Sent to CreateContainerGroup as it stands: {"CorePattern":"/tmp/core","Logins":[{"Server":"registry.example.com","Password":"…"}]}\n',
    );
  });

  it('names the volumes that no container mounts, and is silent where there are none', async () => {
    const more = join(folder, 'more.toml');
    const disk = (name: string, containers: string) =>
      `\n[[volumes.disk]]\nname = "${name}"\nsize = 20\nmount_path = "/${name}"\ncontainers = [${containers}]`;
    await writeFile(
      more,
      `helper = false\n${MINIMAL}${disk('a', '"helper"')}${disk('b', '')}${disk('c', '"services"')}`,
    );
    const { stdout } = await runDriver(['check', '--config', more]);
    expect(stdout).toContain('Left out of every group, because no container mounts them (containers): a, b\n');
    await writeFile(more, MINIMAL + disk('a', '"build"'));
    expect((await runDriver(['check', '--config', more])).stdout).not.toContain('Left out');
  });

  it('shows the registries of these by the addresses that images are pulled by', async () => {
    const more = join(folder, 'more.toml');
    const login = '[[parameters.ImageRegistryCredential]]\nServer = "registry.cn-beijing.aliyuncs.com"\nUserName = "a"';
    await writeFile(more, `vpc_registries = true\n${MINIMAL}\n${login}`);
    const { stdout } = await runDriver(['check', '--config', more]);
    expect(stdout).toContain(
      '{"ImageRegistryCredential":[{"Server":"registry-vpc.cn-beijing.aliyuncs.com","UserName":"a"}]}',
    );
  });

  it('names a missing file and the ways to name another', async () => {
    const { code, stdout } = await runDriver(['check', '--config', '/nowhere/config.toml']);
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /\/nowhere\/config\.toml cannot be read \(ENOENT\)[^]*--config FILE or GITLAB_ECI_EXECUTOR_CONFIG/,
    );
  });
});
