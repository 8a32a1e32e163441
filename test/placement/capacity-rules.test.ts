import { describe, expect, it } from 'vitest';
import { architectureOf } from '../../src/group/architecture.ts';
import { architectureOfType, gpusOfType } from '../../src/placement/instance-types.ts';
import { planAttempts } from '../../src/placement/plan.ts';
import { headline } from '../../src/placement/story.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { imageWith, job } from '../support/job.ts';
import { MINIMAL, settingsOf } from '../support/settings.ts';
import { refusalOf, wish } from '../support/wish.ts';

/** Problems of settings with these types. */
function problems(types: string, top = '', tables = ''): string[] {
  const base = MINIMAL.replace(/^instance_types = .*$/m, `instance_types = ${types}`);
  const result = parseSettings(`${top}\n${base}\n${tables}`);
  return 'problems' in result ? result.problems.map(({ path, text }) => `${path}: ${text}`) : [];
}

const ON_DEMAND = '[spot]\nstrategy = "NoSpot"';
const ALLOWED = 'pod_annotations_overwrite_allowed = "."\ngpu_limit_overwrite_max_allowed = 8';
const specs = (types: string) => ({ ECI_USE_SPECS: types });

describe('a size that cannot be spot', () => {
  it.each([
    ['["1-2Gi"]', '2-2Gi'],
    ['["2-1Gi"]', '2-2Gi'],
    ['["6-12Gi"]', '8-16Gi'],
    ['["0.25-0.5Gi", "1-4Gi"]', '2-2Gi'],
  ])('%s is a problem of the settings, and %s is the way out', (types, next) => {
    const [problem = '', ...more] = problems(types);
    expect(problem).toMatch(/^instance_types: .* cannot be had as spot: spot sizes start at 2 vCPU/);
    expect(problem).toContain(`Ask for ${next} or for an ECS type, or for on-demand (NoSpot).`);
    expect(more).toEqual([]);
  });

  it('is none on demand', () => expect(problems('["1-2Gi"]', '', ON_DEMAND)).toEqual([]));

  it('of a job is refused before any call, also when the job asks for spot alone', () => {
    expect(refusalOf(specs('1-2Gi'), { top: ALLOWED })).toMatchObject({
      fault: 'user',
      message: expect.stringMatching(
        /^The job cannot have the machine that it asks for: 1-2Gi cannot be had as spot/,
      ) as string,
      hint: 'Ask for 2-2Gi or for an ECS type, or for on-demand (NoSpot).',
    });
    const top = `${ALLOWED}\ninstance_types = ["1-2Gi"]`;
    expect(refusalOf({ ECI_SPOT_STRATEGY: 'SpotAsPriceGo' }, { top, tables: ON_DEMAND }).fault).toBe('user');
  });

  it('is left out of the spot attempts beside others, and the log says so', () => {
    const { settings } = wish(specs('1-2Gi,2-4Gi'), { top: ALLOWED });
    const plan = planAttempts(settings);
    expect(plan.choices.map(({ instance }) => instance.label)).toEqual(['2-4Gi']);
    expect(headline(plan, settings)).toContain('; 1-2Gi not sold as spot');
  });

  it('is tried on demand where that is the last resort', () => {
    const settings = settingsOf('instance_types = ["1-2Gi"]', '[spot]\non_demand_fallback = true');
    expect(planAttempts(settings).choices).toMatchObject([{ policy: 'on-demand', instance: { label: '1-2Gi' } }]);
  });
});

describe('a GPU', () => {
  it('without a type that has one is refused', () => {
    const refused = refusalOf({ ECI_GPU_LIMIT: '1' }, { top: ALLOWED });
    expect(refused.message).toMatch(/ecs\.c6\.2xlarge has no GPU, and 1 is asked for\.$/);
    expect(refused.hint).toMatch(/^Name only types with so many, such as ecs\.gn6i-c4g1\.xlarge/);
    expect(refusalOf({ ECI_GPU_LIMIT: '1', ...specs('ecs.gn6i-c4g1.xlarge,4-8Gi') }, { top: ALLOWED }).message).toMatch(
      /4-8Gi has no GPU/,
    );
    expect(problems('["2-4Gi"]', 'gpu_limit = 1')).toEqual([expect.stringMatching(/^gpu_limit: .*2-4Gi has no GPU/)]);
  });

  it('where requests size the group is a problem of the settings: no size has one', () => {
    const sized = (gpus: number) =>
      parseSettings(`gpu_limit = ${gpus}\ncpu_request = "4"\n${MINIMAL.replace(/^instance_types = .*$/m, '')}`);
    expect(sized(1)).toEqual({
      problems: [
        {
          path: 'gpu_limit',
          text: expect.stringMatching(/a size that requests make has no GPU, and 1 is asked for/) as string,
        },
      ],
    });
    expect(sized(0)).toHaveProperty('settings');
  });

  it('more than the type has is refused', () => {
    expect(problems('["ecs.gn6i-c8g1.2xlarge"]', 'gpu_limit = 2')).toEqual([
      expect.stringMatching(/ecs\.gn6i-c8g1\.2xlarge has 1 GPU, and 2 are asked for/),
    ]);
    expect(problems('["ecs.gn7i-c32g2.16xlarge", "ecs.ebmgn7e.32xlarge"]', 'gpu_limit = 2')).toEqual([]);
  });

  it('with a type that has one is had', () => {
    const { settings, lines } = wish({ ECI_GPU_LIMIT: '1', ...specs('ecs.gn6i-c4g1.xlarge') }, { top: ALLOWED });
    expect(settings).toMatchObject({ gpu_limit: 1, instance_types: ['ecs.gn6i-c4g1.xlarge'] });
    expect(lines).toContain('"GPULimit" overwritten with "1"');
  });

  it('that is no number, or above the maximum, or not allowed at all, is not had', () => {
    for (const value of ['all', '-1', '0.5', '∞', '100']) {
      expect(refusalOf({ ECI_GPU_LIMIT: value }, { top: ALLOWED }).message).toMatch(/it is no whole number such as 1/);
    }
    expect(refusalOf({ ECI_GPU_LIMIT: '9' }, { top: ALLOWED }).message).toMatch(/is higher than limit allowed "8"/);
    expect(wish({ ECI_GPU_LIMIT: '1' }, { top: '' }).lines).toEqual([
      expect.stringMatching(/ECI_GPU_LIMIT \(gpu_limit_overwrite_max_allowed is not set\)/),
    ]);
  });

  it.each([
    ['ecs.gn6i-c4g1.xlarge', 1],
    ['ecs.gn7e-c16g1.4xlarge', 1],
    ['ecs.gn6v-c82g8.20xlarge', 8],
    ['ecs.sgn7i-vws-m2.xlarge', undefined],
    ['ecs.ebmgn7e.32xlarge', undefined],
    ['ecs.g7ne.large', 0],
    ['4-8Gi', 0],
  ])('of %s: %s by its name', (type, gpus) => expect(gpusOfType(type)).toBe(gpus));
});

describe('the architecture', () => {
  it.each([
    ['ecs.g8y.large', 'ARM64'],
    ['ecs.c8y.2xlarge', 'ARM64'],
    ['ecs.g6r.large', 'ARM64'],
    ['ecs.c6r.xlarge', 'ARM64'],
    ['ecs.c6.2xlarge', 'AMD64'],
    ['ecs.c6a.large', 'AMD64'],
    ['ecs.g7a.large', 'AMD64'],
    ['ecs.r6e.large', 'AMD64'],
    ['ecs.g8i.large', 'AMD64'],
    ['ecs.hfc7.large', 'AMD64'],
    ['ecs.u1-c1m2.large', 'AMD64'],
    ['ecs.gn6i-c4g1.xlarge', 'AMD64'],
    ['ecs.t6-c1m2.large', 'AMD64'],
    ['ecs.sn1ne.large', 'AMD64'],
    ['2-4Gi', undefined],
    ['ecs.x99z.large', undefined],
  ])('of %s is %s by its name', (type, expected) => expect(architectureOfType(type)).toBe(expected));

  const of = (top: string, platform = '') => architectureOf(job(imageWith({ docker: { platform } })), settingsOf(top));

  it("is the types', without a setting", () => {
    expect(of('')).toBe('AMD64');
    expect(of('instance_types = ["ecs.c8y.large"]')).toBe('ARM64');
    expect(of('instance_types = ["2-4Gi"]', 'linux/arm64')).toBe('ARM64');
  });

  it('that the job names and its types do not have is one sentence', () => {
    expect(() => of('', 'linux/arm64')).toThrow(
      'The job\'s image is to be of the platform "linux/arm64", but ecs.c6.2xlarge is AMD64, and what is asked for is ARM64.',
    );
    expect(() => of('instance_types = ["ecs.c8y.large"]', 'linux/amd64')).toThrow(/ecs\.c8y\.large is ARM64/);
  });

  it('of settings that contradict themselves is a problem of theirs', () => {
    expect(problems('["ecs.c6.large", "2-4Gi", "ecs.c8y.large"]')).toEqual([
      expect.stringMatching(/ecs\.c8y\.large is ARM64, and ecs\.c6\.large is AMD64/),
    ]);
    expect(problems('["ecs.c6.large"]', 'cpu_architecture = "ARM64"')).toEqual([
      expect.stringMatching(/ecs\.c6\.large is AMD64, and what is asked for is ARM64/),
    ]);
    expect(problems('["ecs.x99z.large"]', 'cpu_architecture = "ARM64"')).toEqual([]);
  });

  const SELECTOR = 'node_selector_overwrite_allowed = "^(beta.)?kubernetes.io/|^disk="\ninstance_types = ["2-4Gi"]';
  const select = (value: string, top = SELECTOR) => ({ variables: { KUBERNETES_NODE_SELECTOR_ARCH: value }, top });

  it.each(['kubernetes.io/arch=arm64', 'beta.kubernetes.io/arch=arm64'])(
    'is chosen by the node selector %s',
    (value) => {
      const { variables, top } = select(value);
      const { settings, lines, changed } = wish(variables, { top });
      expect(settings.cpu_architecture).toBe('ARM64');
      expect(changed).toBe(true);
      expect(lines).toEqual([`"NodeSelector" "${value.split('=')[0]}" overwritten with "arm64"`]);
    },
  );

  it('is not chosen by node selectors that nobody allows, about other labels, or of architectures that ECI does not have', () => {
    const lines = (value: string, top?: string) => wish(select(value).variables, { top: top ?? SELECTOR }).lines;
    expect(lines('kubernetes.io/arch=arm64', 'instance_types = ["2-4Gi"]')).toEqual([
      expect.stringMatching(/KUBERNETES_NODE_SELECTOR_ARCH \(node_selector_overwrite_allowed is not set\)/),
    ]);
    expect(lines('disk=ssd')).toEqual(['Without effect on a container group: KUBERNETES_NODE_SELECTOR_ARCH']);
    const refused = (value: string) => refusalOf(select(value).variables, { top: SELECTOR }).message;
    expect(refused('kubernetes.io/arch=s390x')).toMatch(/ECI has the architectures amd64 and arm64/);
    expect(refused('zone=a')).toMatch(/does not match node_selector_overwrite_allowed/);
    expect(refused('kubernetes.io/arch')).toMatch(/it is not KEY=VALUE/);
  });

  it('that a node selector chooses and the types do not have is refused', () => {
    const { variables, top } = select('kubernetes.io/arch=arm64', SELECTOR.replace('2-4Gi', 'ecs.c6.large'));
    expect(refusalOf(variables, { top }).message).toMatch(/ecs\.c6\.large is AMD64, and what is asked for is ARM64/);
  });
});
