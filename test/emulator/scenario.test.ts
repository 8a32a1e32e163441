import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../src/emulator/scenario.ts';

const VSWITCH = '[[vswitch]]\nid = "vsw-h"\nzone = "cn-beijing-h"\n';

describe('a scenario', () => {
  it('needs a vSwitch, and has a default for everything else', () => {
    expect(parseScenario(VSWITCH)).toMatchObject({
      region: 'cn-beijing',
      listen: '127.0.0.1:0',
      access_key_id: 'emulator',
      access_key_secret: 'emulator-secret',
      currency: 'CNY',
      delete_while_scheduling: 'allowed',
      delays: { scheduling: 2, schedule_failed: 2, image_pull: 5, cached_pull: 1, start: 1 },
      vswitch: [{ id: 'vsw-h', zone: 'cn-beijing-h', vpc: 'vpc-emulator' }],
      security_group: [{ id: 'sg-emulator', vpc: 'vpc-emulator' }],
    });
    expect(() => parseScenario('')).toThrow('vswitch:');
  });

  it('sells the usual types', () => {
    expect(parseScenario(VSWITCH).instance_type.find((each) => each.name === 'ecs.g6.2xlarge')).toEqual({
      name: 'ecs.g6.2xlarge',
      cpu: 8,
      memory: 32,
      architecture: 'amd64',
      gpus: 0,
      list_price: 2,
      spot_price: 0.4,
    });
  });

  it.each([
    ['an unknown key', 'regoin = "x"\n', 'regoin'],
    ['an unknown key of a table', '[delays]\nschedulling = 1\n', 'delays: '],
    ['a negative delay', '[delays]\nstart = -1\n', 'delays.start: '],
    ['an answer nobody knows', '[[stock]]\nanswers = ["yes"]\n', 'stock.0.answers.0: '],
    ['no answers', '[[stock]]\nanswers = []\n', 'stock.0.answers: '],
    ['a zone without a vSwitch', '[[stock]]\nzone = "cn-beijing-x"\nanswers = ["available"]\n', 'stock.0.zone: '],
    ['a type that is not sold', '[[stock]]\ntype = "ecs.none"\nanswers = ["available"]\n', 'stock.0.type: '],
    ['a vSwitch twice', VSWITCH, 'vswitch: each may stand here once'],
    ['an exit code of 256', '[[image]]\nname = "x"\nexit_code = 256\n', 'image.0.exit_code: '],
    ['another address than loopback', 'listen = "0.0.0.0:8091"\n', 'listen: the emulator listens on loopback only'],
    ['a name for an address', 'listen = "localhost:8091"\n', 'listen: the emulator listens on loopback only'],
    ['container machines without images', 'machines = "containers"\n', 'images: container machines need'],
    ['a disk for process machines', 'disk_mib = 64\n', 'disk_mib: the disk of process machines has no limit'],
    ['a disk that has no room', 'disk_mib = 1\n', 'disk_mib: '],
    ['no port', 'listen = "127.0.0.1"\n', 'listen: "127.0.0.1" is no address and port'],
    ['a port out of range', 'listen = "127.0.0.1:65536"\n', 'listen: "127.0.0.1:65536" is no address and port'],
  ])('with %s is refused, with its path', (_, text, problem) => {
    expect(() => parseScenario(`${text}${VSWITCH}`)).toThrow(problem);
  });

  it('lists all that is wrong', () => {
    expect(() => parseScenario(`region = 1\ncurrency = "EUR"\n${VSWITCH}`)).toThrow(/region: [^]*currency: /);
  });
});
