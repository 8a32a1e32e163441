import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { DriverError } from '../../src/driver-error.ts';
import { podParameters } from '../../src/group/pod-parameters.ts';
import { ANNOTATIONS } from '../../src/wishes/annotations.ts';
import { applyWishes } from '../../src/wishes/apply-wishes.ts';
import { settingsOf } from '../support/settings.ts';

const ALLOWED = 'pod_annotations_overwrite_allowed = "k8s.aliyun.com.*"';

/** Wishes of a job whose annotations are these. */
function wish(annotations: readonly string[], top = ALLOWED, tables = '') {
  const env = Object.fromEntries(
    annotations.map((each, index) => [`CUSTOM_ENV_KUBERNETES_POD_ANNOTATIONS_${index + 1}`, each]),
  );
  return applyWishes(settingsOf(top, tables), env);
}

function refusal(annotations: readonly string[], top = ALLOWED, tables = ''): DriverError {
  try {
    wish(annotations, top, tables);
  } catch (error) {
    if (error instanceof DriverError) return error;
    throw error;
  }
  throw new Error('not refused');
}

describe("annotations of a job's pod", () => {
  it.each([
    [
      'eci-use-specs=ecs.c6.2xlarge, ecs.c5.2xlarge,2-4Gi',
      { instance_types: ['ecs.c6.2xlarge', 'ecs.c5.2xlarge', '2-4Gi'], order: 'configured' },
    ],
    ['eci-vswitch=vsw-k', { vswitch: [{ id: 'vsw-k', zone: 'cn-beijing-k' }] }],
    ['eci-schedule-strategy=VSwitchOrdered', { order: 'configured' }],
    ['eci-security-group=sg-2', { security_group: 'sg-2' }],
    ['eci-spot-strategy=NoSpot', { spot: { strategy: 'NoSpot' } }],
    ['eci-spot-price-limit=0.250', { spot: { price_limit: 0.25 } }],
    ['eci-spot-duration=2', { spot: { duration: 2 } }],
    ['eci-spot-fallback=true', { spot: { on_demand_fallback: true } }],
    ['eci-fail-strategy=fail-fast', { poll_timeout: 0 }],
    ['eci-fail-strategy=fail-back', { poll_timeout: 180 }],
    ['eci-max-pending-minute=20', { image_pull_timeout: 1200 }],
    ['eci-image-cache=false', { image_cache: false }],
    ['eci-auto-imc=false', { image_cache: false }],
    ['eci-image-snapshot-id=imc-1', { image_cache_id: 'imc-1' }],
    ['eci-imc-id=imc-1', { image_cache_id: 'imc-1' }],
    ['eci-custom-tags=team:web,cost:7', { tags: { team: 'web', cost: '7' } }],
  ])('%s changes settings', (annotation, expected) => {
    const tables = '[[vswitch]]\nid = "vsw-k"\nzone = "cn-beijing-k"';
    expect(wish([`k8s.aliyun.com/${annotation}`], ALLOWED, tables).settings).toMatchObject(expected);
  });

  it.each([
    ['eci-gpu-driver-version=tesla=470.82.01', { GpuDriverVersion: 'tesla=470.82.01' }],
    [
      'acr-instance-ids=cri-a,cn-shanghai:cri-b',
      { AcrRegistryInfo: [{ InstanceId: 'cri-a' }, { InstanceId: 'cri-b', RegionId: 'cn-shanghai' }] },
    ],
    ['plain-http-registry=registry.local:5000', { PlainHttpRegistry: 'registry.local:5000' }],
    ['insecure-registry=registry.local', { InsecureRegistry: 'registry.local' }],
    ['eci-extra-ephemeral-storage=50Gi', { EphemeralStorage: 50 }],
    ['eci-core-pattern=/tmp/core', { CorePattern: '/tmp/core' }],
    ['eci-private-ip-address=10.0.0.9', { PrivateIpAddress: '10.0.0.9' }],
    ['eci-fixed-ip=true', { FixedIp: 'true' }],
    ['eci-fixed-ip-retain-hour=48', { FixedIpRetainHour: 48 }],
    ['eci-data-cache-bucket=default', { DataCacheBucket: 'default' }],
    ['eci-data-cache-pl=PL1', { DataCachePL: 'PL1' }],
    ['eci-data-cache-provisionedIops=40000', { DataCacheProvisionedIops: 40000 }],
    ['eci-data-cache-burstingEnabled=true', { DataCacheBurstingEnabled: true }],
  ])('%s is passed to the create call', (annotation, expected) => {
    expect(wish([`k8s.aliyun.com/${annotation}`]).settings.parameters).toEqual(expected);
  });

  it.each([
    ['eci-with-eip=true', { AutoCreateEip: true }],
    ['eci-eip-instanceid=eip-1', { EipInstanceId: 'eip-1' }],
    ['eci-ram-role-name=ci', { RamRoleName: 'ci' }],
    ['eci-resource-group-id=rg-1', { ResourceGroupId: 'rg-1' }],
    [
      'eci-custom-hosts=[{"host":"a","ip":"10.0.0.5"},{"host":"b","ip":"10.0.0.5"}]',
      { HostAliase: [{ Ip: '10.0.0.5', Hostname: ['a', 'b'] }] },
    ],
    [
      'eci-custom-dnsconfig={"nameservers":["10.0.0.2"],"options":[{"name":"ndots","value":"2"}]}',
      { DnsPolicy: 'None', DnsConfig: { NameServer: ['10.0.0.2'], Option: [{ Name: 'ndots', Value: '2' }] } },
    ],
    ['eci-ntp-server=10.0.0.3', { NtpServer: ['10.0.0.3'] }],
    ['eci-enable-ipv6=true', { Ipv6AddressCount: 1 }],
    ['eci-ipv6-bandwidth-enable=true', { Ipv6GatewayBandwidthEnable: true }],
    ['eci-ipv6-bandwidth=100M', { Ipv6GatewayBandwidth: '100M' }],
  ])("%s takes the place of the operator's setting, and is the same parameter", (annotation, expected) => {
    expect(podParameters(wish([`k8s.aliyun.com/${annotation}`]).settings)).toEqual(expected);
  });

  it.each([
    ['eip-bandwidth=10', { EipBandwidth: 10 }],
    ['eip-isp=BGP', { EipISP: 'BGP' }],
    ['eip-common-bandwidth-package-id=cbwp-1', { EipCommonBandwidthPackage: 'cbwp-1' }],
  ])('%s is said of an address that is made for the group, before or behind it', (annotation, expected) => {
    const [made, more] = ['k8s.aliyun.com/eci-with-eip=true', `k8s.aliyun.com/${annotation}`];
    for (const annotations of [
      [made, more],
      [more, made],
    ]) {
      expect(podParameters(wish(annotations).settings)).toEqual({ AutoCreateEip: true, ...expected });
    }
    expect(podParameters(wish([more], `${ALLOWED}\nconnect = "internet"`).settings)).toMatchObject(expected);
  });

  it("name an address of their own in place of one that the operator's settings make, and the other way round", () => {
    const made = '[eip]\ncreate = true\nbandwidth = 5';
    const own = wish(['k8s.aliyun.com/eci-eip-instanceid=eip-1'], ALLOWED, made).settings;
    expect(podParameters(own)).toEqual({ EipInstanceId: 'eip-1' });
    const given = wish(['k8s.aliyun.com/eci-with-eip=true'], ALLOWED, '[eip]\nid = "eip-2"').settings;
    expect(podParameters(given)).toEqual({ AutoCreateEip: true });
    const none = wish(['k8s.aliyun.com/eci-with-eip=false'], ALLOWED, made).settings;
    expect(podParameters(none)).toEqual({});
  });

  it('eci-compute-category is passed on with what it goes with, and refused with everything else', () => {
    const category = 'k8s.aliyun.com/eci-compute-category=economy,general';
    const sizes = 'k8s.aliyun.com/eci-use-specs=2-4Gi';
    const onDemand = 'k8s.aliyun.com/eci-spot-strategy=NoSpot';
    expect(wish([category, sizes, onDemand]).settings.parameters).toEqual({ ComputeCategory: ['economy', 'general'] });
    expect(() => wish([category, sizes])).toThrow(/ComputeCategory does not go with spot\./);
    expect(() => wish([category, onDemand])).toThrow(/ComputeCategory does not go with ecs\.c6\.2xlarge\./);
  });

  it('about one registry come together, in any order', () => {
    const arn = (role: string) => `acs:ram::1234567890:role/${role}`;
    expect(
      wish([
        `k8s.aliyun.com/acr-service-arns=${arn('service')}`,
        'k8s.aliyun.com/acr-instance-ids=cri-a,cri-b',
        `k8s.aliyun.com/acr-user-arns=${arn('user')}`,
      ]).settings.parameters,
    ).toEqual({
      AcrRegistryInfo: [
        { InstanceId: 'cri-a', ArnService: arn('service'), ArnUser: arn('user') },
        { InstanceId: 'cri-b', ArnUser: arn('user') },
      ],
    });
  });

  it('of names that JavaScript has everywhere are unknown ones', () => {
    for (const name of ['__proto__', 'constructor', 'valueOf', 'hasOwnProperty']) {
      const { settings, lines } = wish([`k8s.aliyun.com/${name}=x`]);
      expect(settings).toEqual(settingsOf(ALLOWED));
      expect(lines).toEqual([expect.stringContaining(`no place for it: k8s.aliyun.com/${name}`)]);
    }
  });

  it('with a price limit that the strategy does not use say so', () => {
    const { lines } = wish(['k8s.aliyun.com/eci-spot-price-limit=0.250']);
    expect(lines.at(-1)).toContain('no place for it: k8s.aliyun.com/eci-spot-price-limit');
  });

  it("cannot replace the operator's tags", () => {
    const refused = refusal(['k8s.aliyun.com/eci-custom-tags=team:other'], ALLOWED, '[tags]\nteam = "infra"');
    expect(refused.message).toMatch(/the tag team is the operator's/);
  });

  it('that are none change nothing', () => expect(wish([])).toMatchObject({ changed: false, lines: [] }));

  it('are told as the Kubernetes executor tells them', () => {
    expect(wish(['k8s.aliyun.com/eci-spot-duration=2']).lines).toEqual([
      '"PodAnnotations" "k8s.aliyun.com/eci-spot-duration" overwritten with "2"',
    ]);
  });

  it('of the same name: the later variable wins', () => {
    const { spot } = wish(['k8s.aliyun.com/eci-spot-duration=2', 'k8s.aliyun.com/eci-spot-duration=0']).settings;
    expect(spot.duration).toBe(0);
  });

  it('that creating a group cannot express are named in one line, and nothing fails', () => {
    const { settings, lines } = wish([
      'k8s.aliyun.com/imc-enable-reuse=true',
      'k8s.aliyun.com/imc-retention-days=7',
      'k8s.aliyun.com/eci-sls-enable=true',
    ]);
    expect(settings).toEqual(settingsOf(ALLOWED));
    expect(lines).toEqual([
      'Without effect: k8s.aliyun.com/imc-enable-reuse, k8s.aliyun.com/imc-retention-days. Image caches that ECI makes by itself cannot be given these when a group is created.',
      'Without effect, as the create call of ECI has no place for it: k8s.aliyun.com/eci-sls-enable.',
    ]);
  });
});

describe('the allow-list', () => {
  it('switches the variables off when it is not set, with one line', () => {
    const all = Array.from({ length: 7 }, () => 'k8s.aliyun.com/eci-spot-duration=2');
    const { settings, lines } = wish(all, '');
    expect(settings).toEqual(settingsOf());
    expect(lines).toEqual([
      'Ignored, because the operator of this runner does not allow them: KUBERNETES_POD_ANNOTATIONS_1, KUBERNETES_POD_ANNOTATIONS_2, KUBERNETES_POD_ANNOTATIONS_3 and 4 others (pod_annotations_overwrite_allowed is not set)',
    ]);
  });

  it('is searched in the whole text, unanchored', () => {
    const top = 'pod_annotations_overwrite_allowed = "spot-duration=[01]"';
    expect(wish(['k8s.aliyun.com/eci-spot-duration=0'], top).settings.spot.duration).toBe(0);
    expect(refusal(['k8s.aliyun.com/eci-spot-duration=2'], top)).toMatchObject({
      fault: 'user',
      message: expect.stringContaining('does not match pod_annotations_overwrite_allowed') as string,
    });
  });

  it('covers our own names, as the annotations that they stand for', () => {
    const top = 'pod_annotations_overwrite_allowed = "^k8s.aliyun.com/eci-spot-strategy="';
    const own = (name: string, value: string) => applyWishes(settingsOf(top), { [`CUSTOM_ENV_${name}`]: value });
    expect(own('ECI_SPOT_STRATEGY', 'NoSpot').settings.spot.strategy).toBe('NoSpot');
    expect(own('ECI_SPOT_STRATEGY', '').settings.spot.strategy).toBe('SpotAsPriceGo');
    expect(() => own('ECI_RAM_ROLE_NAME', 'admin')).toThrow(/ECI_RAM_ROLE_NAME = "admin" is refused/);
    expect(own('ECI_SOMETHING_OF_THE_PROJECT', 'x').lines).toEqual([]);
  });
});

describe('an annotation that nobody can carry out is refused before any call, as a failure of the job', () => {
  it.each([
    [['k8s.aliyun.com/eci-use-specs=a,b'], /"a" is neither an ECS type/],
    [['k8s.aliyun.com/eci-use-specs='], /neither an ECS type/],
    [
      ['k8s.aliyun.com/eci-use-specs=1-2Gi,2-4Gi,4-8Gi,8-16Gi,16-32Gi,32-64Gi'],
      /6 specs are named, and ECI takes 5 at most/,
    ],
    [['k8s.aliyun.com/eci-use-specs=0-0Gi'], /ECI does not sell 0-0Gi/],
    [['k8s.aliyun.com/eci-use-specs=2-4Gi,128-256Gi'], /ECI does not sell 128-256Gi; allowed is .* up to 64 vCPU/],
    [['k8s.aliyun.com/eci-use-specs=1-2Gi'], /1-2Gi cannot be had as spot/],
    [
      ['k8s.aliyun.com/eci-use-specs=ecs.c8y.large,ecs.c6.large'],
      /ecs\.c6\.large is AMD64, and ecs\.c8y\.large is ARM64/,
    ],
    [['k8s.aliyun.com/eci-vswitch=vsw-other'], /vsw-other is none of this runner's: vsw-h/],
    [['k8s.aliyun.com/eci-security-group=sg-1,sg-2'], /one security group/],
    [['k8s.aliyun.com/eci-spot-strategy=Cheap'], /allowed is "SpotAsPriceGo"/],
    [['k8s.aliyun.com/eci-spot-strategy=SpotWithPriceLimit'], /needs k8s\.aliyun\.com\/eci-spot-price-limit beside it/],
    [['k8s.aliyun.com/eci-spot-price-limit=0.2505'], /at most 3 decimals/],
    [['k8s.aliyun.com/eci-spot-price-limit=2.5'], /higher than the limit allowed, max_price = 2/],
    [['k8s.aliyun.com/eci-spot-duration=7'], /from 0 to 6/],
    [['k8s.aliyun.com/eci-extra-ephemeral-storage=50'], /such as 50Gi/],
    [['k8s.aliyun.com/eci-extra-ephemeral-storage=6000Gi'], /from 0 to 5000/],
    [['k8s.aliyun.com/eci-custom-tags=gitlab-eci-job:1'], /the tag gitlab-eci-job is not yours to set/],
    [['k8s.aliyun.com/eci-custom-hosts=nonsense'], /it is not JSON/],
    [['k8s.aliyun.com/eci-custom-dnsconfig={"servers":[]}'], /allowed is JSON such as/],
    [['k8s.aliyun.com/acr-instance-ids=my-registry'], /is not the id of a registry instance/],
    [['k8s.aliyun.com/acr-user-arns=admin'], /is not the name of a role/],
    [['k8s.aliyun.com/eci-image-cache=yes'], /allowed is "true" or "false"/],
    [['k8s.aliyun.com/eci-image-cache'], /it is not KEY=VALUE/],
  ])('%s', (annotations, why) => {
    const refused = refusal(annotations, `${ALLOWED}\nmax_price = 2`);
    expect(refused.fault).toBe('user');
    expect(refused.message).toMatch(why);
  });
});

describe("what a job's annotations make of the settings is checked as the settings are", () => {
  const hosts = (count: number, ip = () => '10.0.0.5') =>
    `k8s.aliyun.com/eci-custom-hosts=${JSON.stringify(Array.from({ length: count }, (_, n) => ({ host: `h${n}`, ip: ip() })))}`;
  const dns = (value: object) => `k8s.aliyun.com/eci-custom-dnsconfig=${JSON.stringify(value)}`;

  it.each([
    ['an address that is none', 'k8s.aliyun.com/eci-custom-hosts=[{"host":"a","ip":"nowhere"}]', /an IP address/],
    ['a host name that is none', 'k8s.aliyun.com/eci-custom-hosts=[{"host":"a b","ip":"10.0.0.5"}]', /a host name/],
    ['more names of an address than ECI takes', hosts(51), /ECI takes 50 at most/],
    ['no name server', dns({ searches: ['example.com'] }), /a group needs a name server/],
    ['a name server that is none', dns({ nameservers: ['dns.example.com'] }), /an IP address/],
    [
      'more search domains than ECI takes',
      dns({ nameservers: ['10.0.0.2'], searches: Array<string>(21).fill('a') }),
      /ECI takes 20 at most/,
    ],
    ['an EIP that is none', 'k8s.aliyun.com/eci-eip-instanceid=1.2.3.4', /the id of an elastic IP address/],
    ['a bandwidth of no address', 'k8s.aliyun.com/eip-bandwidth=10', /it is of an address that is made for the group/],
    ['a RAM role that is none', 'k8s.aliyun.com/eci-ram-role-name=a b', /the name of a RAM role/],
    ['a resource group that is none', 'k8s.aliyun.com/eci-resource-group-id=mine', /the id of a resource group/],
    ['a tag that ECI does not take', 'k8s.aliyun.com/eci-custom-tags=site:https://example.com', /without "http/],
  ])('%s', (_what, annotation, why) => {
    const refused = refusal([annotation]);
    expect(refused.fault).toBe('user');
    expect(refused.message).toMatch(why);
    // The author reads which of the variables it is.
    expect(refused.message).toContain('KUBERNETES_POD_ANNOTATIONS_1');
  });

  it('names the annotation that brought the value, not another one', () => {
    const refused = refusal(['k8s.aliyun.com/eci-spot-duration=2', dns({}), 'k8s.aliyun.com/eci-image-cache=true']);
    expect(refused.message).toMatch(/^The job variable KUBERNETES_POD_ANNOTATIONS_2 /);
  });
});

it('the page about job variables has every annotation and its own name', async () => {
  const page = await readFile(new URL('../../docs/job-variables.md', import.meta.url), 'utf8');
  for (const name of Object.keys(ANNOTATIONS)) {
    expect(page).toContain(`\`${name}\``);
    expect(page).toContain(`\`ECI_${name.replace(/^eci-/, '').replaceAll('-', '_').toUpperCase()}\``);
  }
});
