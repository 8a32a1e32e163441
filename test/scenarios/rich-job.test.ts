import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { SERVICE_IMAGE } from '../support/image-names.ts';
import { noDebian } from '../support/no-containers.ts';
import { createCalls, serviceVariable as variable } from '../support/service-variables.ts';
import { FILE_SERVER, startWorld, type World } from '../support/world.ts';
import { CALL, withWords } from './rich-job/create-call.ts';

const note = noDebian === undefined ? '' : ` (${noDebian})`;

let world: World;
afterEach(() => world.stop());

const APP = 'private.example.com/shop/app:1';
const PASSWORD = 'correct-horse-battery';
const DOCKER_AUTH_CONFIG = JSON.stringify({
  auths: { 'private.example.com': { auth: Buffer.from(`robot:${PASSWORD}`).toString('base64') } },
});

const SETTINGS = `
pod_annotations_overwrite_allowed = "k8s.aliyun.com.*"
cpu_request_overwrite_max_allowed = "8"
memory_limit_overwrite_max_allowed = "32Gi"
service_memory_limit_overwrite_max_allowed = "2Gi"
pull_policy = "if-not-present"
allowed_pull_policies = ["always", "if-not-present"]
allowed_images = ["private.example.com/shop/*"]
allowed_services = ["registry.example.com/*"]
allowed_users = ["1000"]
allowed_groups = ["1000"]`;

const TABLES = `
[[volumes.nfs]]
name = "keep"
server = "${FILE_SERVER}"
path = "/projects/$CI_PROJECT_ID"
mount_path = "/keep"
[tags]
team = "shop"`;

/** What both jobs have in their pipeline, as such pipelines write it. */
const VARIABLES = {
  DOCKER_AUTH_CONFIG: { value: DOCKER_AUTH_CONFIG, public: false, masked: true },
  WHO: 'everybody',
  KUBERNETES_CPU_REQUEST: '3',
  KUBERNETES_MEMORY_LIMIT: '6Gi',
  KUBERNETES_SERVICE_MEMORY_LIMIT: '512Mi',
};
const ANNOTATIONS = {
  KUBERNETES_POD_ANNOTATIONS_1: 'k8s.aliyun.com/eci-use-specs=8-16Gi,ecs.c6.2xlarge',
  KUBERNETES_POD_ANNOTATIONS_2: 'k8s.aliyun.com/eci-spot-strategy=SpotWithPriceLimit',
  KUBERNETES_POD_ANNOTATIONS_3: 'k8s.aliyun.com/eci-spot-price-limit=2.50',
};

const JOB: JobFields = {
  image: APP,
  imageOptions: { kubernetes: { user: '1000:1000' } },
  pullPolicies: ['always'],
  services: [
    {
      name: SERVICE_IMAGE,
      alias: 'web',
      command: ['8080'],
      variables: [variable('HEALTHCHECK_TCP_PORT', '8080'), variable('GREETING', 'hello $WHO')],
    },
  ],
};

describe.skipIf(noDebian !== undefined)(`a job with much beside its image, on container machines${note}`, () => {
  it('makes this create call and gets what it asks for, as does the next one, which finds its file', async () => {
    world = await startWorld({
      machines: 'containers',
      settings: SETTINGS,
      tables: TABLES,
      scenario: `[[registry]]\nname = "private.example.com"\nusername = "robot"\npassword = "${PASSWORD}"`,
    });
    await world.images?.addBusybox(APP);
    const ofProject = join(world.fileServer, 'projects', '77');
    await mkdir(ofProject, { recursive: true });
    await chmod(ofProject, 0o777);

    const first = await world.run({
      ...JOB,
      variables: { ...VARIABLES, ...ANNOTATIONS },
      script: ['echo "user $(id -u):$(id -g)"', 'wget -qO- http://web:8080/', 'echo kept >/keep/file'],
    });
    const log = world.text(first);
    expect(first.state, log).toBe('success');
    expect(log).toContain('\nuser 1000:1000\n');
    expect(log).toContain('\nhello everybody\n');
    expect(log).toContain('"CPURequest" overwritten with "3"');
    expect(log).not.toContain('*** WARNING');
    expect(log).not.toContain(PASSWORD);
    await world.nothingLeft();

    const second = await world.run({
      ...JOB,
      id: 4712,
      variables: VARIABLES,
      script: ['echo "found $(cat /keep/file) of $(stat -c %u:%g /keep/file)"'],
    });
    expect(second.state, world.text(second)).toBe('success');
    expect(world.text(second)).toContain('\nfound kept of 1000:1000\n');
    await world.nothingLeft();
    expect(await world.records()).toEqual([]);

    const [one = {}, two = {}, ...more] = createCalls(world);
    expect(more).toEqual([]);
    expect(withWords(one)).toEqual(CALL);
    // The rest of the job's hour, and ten minutes.
    expect(Number(one.ActiveDeadlineSeconds)).toBeGreaterThan(3600);
    expect(Number(one.ActiveDeadlineSeconds)).toBeLessThanOrEqual(4200);
    // Without specs of its own a job has the size that its requests make: 3 vCPU, and 6.5 GiB by the limits.
    expect(two).toMatchObject({ Cpu: '4', Memory: '8', SpotStrategy: 'SpotAsPriceGo', 'Container.2.Memory': '6' });
  });
});
