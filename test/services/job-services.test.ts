import { describe, expect, it } from 'vitest';
import { checkHosts } from '../../src/services/job-services.ts';
import { oneService, servicesOf, variable } from './services-of.ts';

const fault = (of: 'user' | 'operator', message: RegExp) =>
  expect.objectContaining({ fault: of, message: expect.stringMatching(message) as string }) as Error;

const many = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `image-${index}` }));

const withAliases = (...aliases: (string | undefined)[]) =>
  servicesOf({ services: aliases.map((alias) => ({ name: 'Image', alias })) }).services.map(
    ({ container }) => container,
  );

describe('the services of a job', () => {
  it('are none where nobody asks for one', () => {
    expect(servicesOf({ env: { CUSTOM_ENV_A: '1' } })).toEqual({ services: [], lines: [] });
  });

  it("are the settings' first, then its own, without those that have no name", () => {
    const { services } = servicesOf({
      services: [{ name: '' }, { name: 'redis:8' }],
      tables: '[[services]]\nname = "$NOTHING"\n[[services]]\nname = "$MIRROR/postgres:16"\nalias = "db, $MORE"',
      env: { CUSTOM_ENV_MIRROR: 'registry.example.com', CUSTOM_ENV_MORE: 'db.internal' },
    });
    expect(services).toMatchObject([
      { owner: 'settings', image: 'registry.example.com/postgres:16', aliases: ['db', 'db.internal'], container: 'db' },
      { owner: 'job', image: 'redis:8', aliases: [], container: 'svc-0' },
    ]);
  });

  it.each([
    ['a number where there is no alias', [undefined, undefined], ['svc-0', 'svc-1']],
    ['its first alias', ['db,other'], ['db']],
    ['the first alias that is one label', ['db.internal my-db'], ['my-db']],
    ['the first alias that no other service has', ['db', 'db', 'db cache'], ['db', 'svc-0', 'cache']],
    ['no name of a container of ours', ['build', 'helper x', 'agent'], ['svc-0', 'x', 'svc-1']],
    ['no number that is an alias of another one', [undefined, 'svc-0'], ['svc-1', 'svc-0']],
    ['a number where every alias is too long', ['a'.repeat(64)], ['svc-0']],
  ])('have containers whose name is %s', (_what, aliases, expected) => {
    expect(withAliases(...aliases)).toEqual(expected);
  });

  it("have no name of the operator's init containers", () => {
    const tables = '[[init_containers]]\nname = "warm-up"\nimage = "a"';
    expect(oneService({ name: 'x', alias: 'warm-up db' }, { tables }).container).toBe('db');
  });

  it('are found under the name of their image and their aliases', () => {
    expect(oneService({ name: 'registry.example.com:5000/group/api:2', alias: 'api,backend' }).hosts).toEqual([
      'registry.example.com-group-api',
      'api',
      'backend',
    ]);
    expect(oneService({ name: 'api', alias: 'api' }).hosts).toEqual(['api']);
  });

  it.each(['my_db', 'DB', '-db', 'db/1', 'a'.repeat(254), 'db\u0000'])(
    'cannot have an alias that is no host name: %j',
    (alias) => {
      expect(() => oneService({ alias })).toThrow(
        fault('user', /^The alias ".*" of the service postgres:16 is no host name/),
      );
    },
  );

  it('have no host names where they have ports, whatever their aliases are', () => {
    expect(oneService({ alias: 'my_db', ports: [{ number: 5432 }] })).toMatchObject({ hosts: [], ports: [5432] });
  });

  it.each([
    ['', 18],
    ['helper = false', 19],
  ])('are at most what a group has room for (settings "%s": %d)', (top, most) => {
    expect(servicesOf({ services: many(most), top }).services).toHaveLength(most);
    expect(() => servicesOf({ services: many(most + 1), top })).toThrow(
      fault('user', new RegExp(`^The job has ${most + 1} services, and a container group has room for ${most} `)),
    );
  });

  it('are two hundred too many, in one sentence', () => {
    expect(() => servicesOf({ services: many(200) })).toThrow(fault('user', /^The job has 200 services/));
  });

  it("are the operator's to mend where the settings alone have too many", () => {
    const tables = many(19)
      .map(({ name }) => `[[services]]\nname = "${name}"`)
      .join('\n');
    expect(() => servicesOf({ tables })).toThrow(fault('operator', /^The job has 19 services/));
    expect(() => servicesOf({ tables, services: many(1) })).toThrow(fault('operator', /^The job has 20 services/));
  });

  it('have images whose names are not longer than ECI takes', () => {
    expect(() => oneService({ name: `a/${'b'.repeat(254)}` })).toThrow(
      fault('user', /has a name of 256 characters; ECI takes 255/),
    );
  });

  it('run as the user that they name by number, under the rules for images', () => {
    expect(oneService({ executor_opts: { kubernetes: { user: '999:998' } } }).runAs).toEqual({ user: 999, group: 998 });
    expect(oneService({ executor_opts: { docker: { user: '999' } } }).runAs.user).toBe(999);
    expect(() => oneService({ executor_opts: { kubernetes: { user: 'postgres' } } })).toThrow(
      fault('user', /^The service postgres:16 is to run as the user "postgres", which is no number/),
    );
    expect(() => oneService({ executor_opts: { kubernetes: { user: '0' } } })).toThrow(
      /which this runner does not allow/,
    );
  });
});

describe('the host names of services', () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `a${index}`);
  const service = (count: number, owner: 'job' | 'settings' = 'job') => ({ owner, hosts: names(count) });
  const aliases = (count: number) => ({
    host_aliases: Array.from({ length: count }, () => ({ ip: '10.0.0.1', hostnames: ['y'] })),
  });

  it('are as many as ECI takes, in all', () => {
    expect(() => checkHosts([service(5000)], aliases(0), aliases(0))).not.toThrow();
    expect(() => checkHosts([service(5000), { owner: 'job', hosts: ['b'] }], aliases(0), aliases(0))).toThrow(
      fault('user', /^The services of the job have 5001 host names; ECI takes 5000\.$/),
    );
  });

  it("have room beside the host aliases that count: the job's, where it has some in place of the operator's", () => {
    expect(() => checkHosts([service(4951)], aliases(1), aliases(0))).toThrow(
      fault('user', /ECI takes 4950 beside the host aliases/),
    );
    expect(() => checkHosts([service(4951)], aliases(0), aliases(1))).not.toThrow();
    expect(() => checkHosts([service(1)], aliases(100), aliases(0))).toThrow(fault('user', /ECI takes 0 beside/));
  });

  it("are the operator's to mend where the settings alone have too many", () => {
    const ofSettings = service(4951, 'settings');
    expect(() => checkHosts([ofSettings], aliases(1), aliases(1))).toThrow(fault('operator', /4951 host names/));
    expect(() => checkHosts([ofSettings], aliases(1), aliases(0))).toThrow(fault('user', /4951 host names/));
    expect(() => checkHosts([ofSettings, { owner: 'job', hosts: names(5001) }], aliases(0), aliases(0))).toThrow(
      fault('user', /5001 host names/),
    );
  });
});

describe('what a service runs', () => {
  const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`);

  it.each([
    ["the image's own", {}, [], []],
    ["the image's entrypoint with other arguments", { command: ['-c', 'x=1'] }, [], ['-c', 'x=1']],
    ['an entrypoint', { entrypoint: ['/run'] }, ['/run'], []],
    ['both', { entrypoint: ['/run'], command: ['-v'] }, ['/run', '-v'], []],
    ['the command alone, where the entrypoint is taken away', { entrypoint: [''], command: ['-v'] }, ['-v'], []],
    ['ten arguments', { command: words(10) }, [], words(10)],
    [
      'thirty words, of which ten are arguments',
      { entrypoint: ['/run'], command: words(29) },
      ['/run', ...words(19)],
      words(29).slice(19),
    ],
  ])('is %s', (_what, given, command, args) => {
    expect(oneService(given)).toMatchObject({ command, args });
  });

  it.each([
    ['eleven arguments', { command: words(11) }, /has a command of 11 words; ECI takes 10 arguments/],
    [
      '31 words',
      { entrypoint: ['/run'], command: words(30) },
      /an entrypoint and a command of 31 words together; ECI takes 30/,
    ],
    [
      'a long word',
      { command: ['x'.repeat(257)] },
      /has a word of 257 characters in its entrypoint or command; ECI takes 256/,
    ],
    ['a long word of the entrypoint', { entrypoint: ['x'.repeat(257)] }, /has a word of 257 characters/],
    ['nothing', { entrypoint: [''] }, /has an empty entrypoint and no command/],
  ])('cannot be %s', (_what, given, sentence) => {
    expect(() => oneService(given)).toThrow(fault('user', sentence));
  });

  it("is the operator's to mend where the settings say it", () => {
    const tables = `[[services]]\nname = "a"\ncommand = ${JSON.stringify(words(11))}`;
    expect(() => servicesOf({ tables })).toThrow(fault('operator', /has a command of 11 words/));
  });
});

describe('the ports of services', () => {
  const health = (port: string) => ({ variables: [variable('HEALTHCHECK_TCP_PORT', port)] });

  it('are those that they declare, and the one that shows whether they can be used', () => {
    expect(oneService({ ports: [{ number: 80 }], ...health('5432') })).toMatchObject({ ports: [80], healthPort: 5432 });
    expect(oneService(health('$PORT'), { env: { CUSTOM_ENV_PORT: '81' } }).healthPort).toBe(81);
    expect(oneService({}).healthPort).toBeUndefined();
    expect(oneService(health('')).healthPort).toBeUndefined();
  });

  it.each(['0', '65536', 'http', '80,81', '-1', '1e3', '99999999999'])('cannot be %s', (port) => {
    expect(() => oneService(health(port))).toThrow(
      fault('user', /^HEALTHCHECK_TCP_PORT of the service postgres:16 is no port from 1 to 65535/),
    );
  });

  it('are not the same for two services', () => {
    const two = [
      { name: 'postgres:16', ...health('5432') },
      { name: 'postgres:15', ports: [{ number: 5432 }] },
    ];
    expect(() => servicesOf({ services: two })).toThrow(
      fault(
        'user',
        /^The services postgres:16 and postgres:15 both use port 5432: all containers of a group share one address/,
      ),
    );
  });

  it("are the operator's to mend only where both services are", () => {
    const one = (name: string) => `[[services]]\nname = "${name}"\nenvironment = ["HEALTHCHECK_TCP_PORT=80"]\n`;
    expect(() => servicesOf({ tables: one('a') + one('b') })).toThrow(fault('operator', /both use port 80/));
    expect(() => servicesOf({ tables: one('a'), services: [{ name: 'c', ...health('80') }] })).toThrow(
      fault('user', /both use port 80/),
    );
  });

  it('may be said twice by one service', () => {
    expect(oneService({ ports: [{ number: 80 }, { number: 80 }], ...health('80') }).healthPort).toBe(80);
  });

  it.each([
    ['helper', '22022', '', 'ports.helper'],
    ['build', '22023', '', 'ports.build'],
    ['build', '443', '[ports]\nbuild = 443', 'ports.build'],
  ])(
    "are not that of the %s container's agent, and the remedy names the setting",
    (container, port, tables, setting) => {
      expect(() => oneService(health(port), { tables })).toThrow(
        expect.objectContaining({
          fault: 'user',
          message: expect.stringContaining(
            `uses port ${port}, on which the driver reaches the ${container} container`,
          ) as string,
          hint: expect.stringContaining(`set ${setting} to one that no service uses`) as string,
        }) as Error,
      );
    },
  );

  it('may be that of a helper which is not there', () => {
    expect(oneService(health('22022'), { top: 'helper = false' }).healthPort).toBe(22022);
  });
});
