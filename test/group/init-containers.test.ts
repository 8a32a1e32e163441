import { describe, expect, it } from 'vitest';
import { startCloud } from '../emulator/cloud-under-test.ts';
import { requestOf } from './pod-request.ts';

describe("the operator's init containers", () => {
  const init = (name: string, more = '') => `[[init_containers]]\nname = "${name}"\nimage = "a:1"\n${more}\n`;
  const inits = `${init('first')}${init('second', 'run_as_user = 0\nenv = { TOKEN = "t" }')}`;
  const pod = '[pod_security_context]\nrun_as_user = 6\nrun_as_group = 7\nrun_as_non_root = true\n';

  it("run as the pod's user where none is theirs, and the driver's own as its image's", async () => {
    const { InitContainer } = await requestOf('', `${inits}${pod}`);
    expect(InitContainer.map(({ Name, SecurityContext }) => [Name, SecurityContext])).toEqual([
      ['agent', undefined],
      ['first', { RunAsUser: 6 }],
      ['second', { RunAsUser: 0 }],
    ]);
  });

  it('have nothing that the create call has for other containers only, such as a group or hidden variables', async () => {
    const { create } = await startCloud();
    const request = await requestOf('', `${inits}${pod}`);
    const network = { SecurityGroupId: 'sg-emulator', VSwitchId: 'vsw-h' };
    await expect(create({ ...request, ...network })).resolves.toMatch(/^eci-/);
    const hidden = { ...request, InitContainer: [{ ...request.InitContainer[1], EnvironmentVarHide: true }] };
    await expect(create({ ...hidden, ...network })).rejects.toThrow(/EnvironmentVarHide/);
  });
});
