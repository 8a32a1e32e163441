import { afterEach, describe, expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { BUSYBOX_IMAGE, DEAF_SERVICE_IMAGE, ENDING_SERVICE_IMAGE, SERVICE_IMAGE } from '../support/image-names.ts';
import { noDebian } from '../support/no-containers.ts';
import { serviceVariable as variable } from '../support/service-variables.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

const note = noDebian === undefined ? '' : ` (${noDebian})`;

let world: World;
afterEach(() => world.stop());

const WEB = { name: SERVICE_IMAGE, alias: 'web', variables: [variable('HEALTHCHECK_TCP_PORT', '80')] };

async function started(options: WorldOptions = {}): Promise<void> {
  world = await startWorld({ machines: 'containers', ...options });
}

async function run(job: JobFields) {
  const result = await world.run({ image: BUSYBOX_IMAGE, ...job });
  return { ...result, text: world.text(result) };
}

describe.skipIf(noDebian !== undefined)(`services of a job on container machines${note}`, () => {
  it('answer under their alias and the name of their image, with the variables of the job and their own', async () => {
    await started();
    const { state, text } = await run({
      variables: { WHO: 'everybody', SECRET: { value: 'correct-horse', public: false } },
      services: [{ ...WEB, variables: [...WEB.variables, variable('GREETING', 'hello $WHO: $SECRET')] }],
      script: ['wget -qO- http://web/', 'wget -qO- http://registry.example.com-service/'],
    });
    expect(state).toBe('success');
    expect(text.match(/^hello everybody: correct-horse$/gm)).toHaveLength(2);
    expect(text).not.toContain('*** WARNING');
    await world.nothingLeft();
    expect(await world.records()).toEqual([]);
  });

  it('run what the job or the settings say in place of what their image says', async () => {
    const other = `name = "${BUSYBOX_IMAGE}"\nalias = "other"\nentrypoint = ["/bin/sh", "-c"]\ncommand = ["mkdir /tmp/w; echo $WORD >/tmp/w/index.html; exec httpd -f -p 81 -h /tmp/w"]\nenvironment = ["WORD=settings", "HEALTHCHECK_TCP_PORT=81"]`;
    await started({ tables: `[[services]]\n${other}` });
    const { state, text } = await run({
      services: [{ ...WEB, command: ['8080'], variables: [variable('HEALTHCHECK_TCP_PORT', '8080')] }],
      script: ['wget -qO- http://web:8080/', 'wget -qO- http://other:81/'],
    });
    expect(state).toBe('success');
    expect(text).toContain('\nhello\n');
    expect(text).toContain('\nsettings\n');
  });

  it('of two jobs at once do not meet', async () => {
    await started();
    const jobs = ['one', 'two'].map((value) =>
      run({
        services: [{ ...WEB, variables: [...WEB.variables, variable('GREETING', value)] }],
        script: ['wget -qO- http://web/; sleep 1; wget -qO- http://web/'],
      }),
    );
    const texts = (await Promise.all(jobs)).map(({ text }) => text);
    expect(texts[0]).toContain('\none\none\n');
    expect(texts[1]).toContain('\ntwo\ntwo\n');
  });

  it('that never listen or end early are told with their logs, and the job goes on', async () => {
    await started({ settings: 'wait_for_services_timeout = 2' });
    const { state, text } = await run({
      services: [{ ...WEB, name: DEAF_SERVICE_IMAGE, alias: 'deaf' }, { name: ENDING_SERVICE_IMAGE }],
      script: ['echo the job runs'],
    });
    expect(state).toBe('success');
    expect(text).toMatch(/service "deaf" timeout\n[^*]*Service container logs:\nstarting\n/);
    expect(text).toContain(
      'Service container ended:\nError, exit code 3\n\nService container logs:\nno password is set\n',
    );
    expect(text).toContain('the job runs');
  });

  it('see the files of the job', async () => {
    await started();
    const { state, text } = await run({
      services: [
        { name: BUSYBOX_IMAGE, alias: 'files', entrypoint: ['/bin/httpd', '-f', '-p', '80', '-h', '/builds'] },
      ],
      script: ['echo from the job > /builds/page.html', 'wget -qO- http://files/page.html'],
    });
    expect(state).toBe('success');
    expect(text).toContain('\nfrom the job\n');
  });

  it('have their logs in the job log where CI_DEBUG_SERVICES is true, each line once, and nothing of it is left', async () => {
    await started();
    const result = await world.run({
      image: BUSYBOX_IMAGE,
      services: [WEB],
      variables: { CI_DEBUG_SERVICES: 'true' },
      script: ['printf "half a line"; sleep 5; echo; echo done'],
      afterScript: ['true'],
    });
    expect(result.state).toBe('success');
    const log = result.log.toString('utf8');
    const label = `${SERVICE_IMAGE.split(':')[0]}-web`;
    expect(log.split(`\x1b[0;37m[service:${label}] listening on port 80\x1b[0;m\n`)).toHaveLength(2);
    expect(log).toMatch(/^half a line$/m);
    await world.nothingLeft();
    expect(await world.records()).toEqual([]);
  });

  it('are not in the job log otherwise, and cost no call of their own then', async () => {
    await started();
    const { text } = await run({ services: [WEB], script: ['sleep 5'] });
    expect(text).not.toContain('[service:');
    expect(world.emulator.report().calls.DescribeContainerLog).toBeUndefined();
  });
});
