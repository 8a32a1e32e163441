import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runDriver } from '../support/bundle.ts';
import { startWorld, type World } from '../support/world.ts';

describe('a settings file', () => {
  let world: World;
  afterEach(() => world.stop());

  const SECRET_PLACES = `[[services]]\nname = "redis:7"\nenvironment = ["A=b"]
[[volumes.config_file]]\nname = "x"\nmount_path = "{mounts}/x"\nfiles = { a = "b" }`;
  const checked = async (mode: number, tables = SECRET_PLACES): Promise<string> => {
    world = await startWorld({ tables });
    await chmod(world.settingsFile, mode);
    const { code, stdout } = await runDriver(['check', '--config', world.settingsFile]);
    expect(code).toBe(0);
    return stdout;
  };

  it('with settings that can hold secrets is warned of when every user can read it, by name and with a remedy', async () => {
    const text = await checked(0o644);
    expect(text).toContain('there can be secrets in it: volumes.config_file.files, services.environment.');
    expect(text).toContain(`chmod o-rwx ${world.settingsFile}`);
  });

  it.each([
    ['that only its owner and its group can read', 0o640, SECRET_PLACES],
    ['without such settings', 0o644, ''],
  ])('%s is fine', async (_, mode, tables) => expect(await checked(mode, tables)).not.toContain('WARNING'));

  it('that others can write is warned of, secrets or not, and the driver log has it for each job', async () => {
    expect(await checked(0o666, '')).toContain(`chmod go-w ${world.settingsFile}`);
    await world.run({ image: 'a:1', script: ['true'] });
    const log = await readFile(join(world.folder, 'state', 'driver.log'), 'utf8');
    expect(log).toMatch(/"level":40,.*"what":"Others than its owner can write the settings file/);
  });
});
