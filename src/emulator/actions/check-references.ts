import type { Cloud } from '../cloud/cloud.ts';
import { diskOf, isDisk } from '../cloud/storage.ts';
import { type Scenario, SIZE } from '../scenario.ts';
import { ApiError, invalid, missing } from '../wire/api-error.ts';
import { checkRegion } from './check-region.ts';
import type { CreateParameters } from './create-parameters.ts';

/** What one parameter says about another, or about things of the account. @throws ApiError */
export function checkReferences(request: CreateParameters, cloud: Cloud): void {
  checkRegion(request.RegionId, cloud.scenario);
  checkNetwork(request, cloud);
  checkContainers(request);
  checkVolumes(request);
  checkFeatures(request);
  if (request.ImageSnapshotId !== undefined) cloud.imageCaches.check(request.ImageSnapshotId);
}

/** A disk can be reached in its own zone only. @throws ApiError */
export function checkDisks({ Volume }: CreateParameters, zone: string, { disk }: Scenario): void {
  const far = disk.find((each) => each.zone !== zone && Volume.some((volume) => diskOf(volume) === each.id));
  if (!far) return;
  throw new ApiError(400, 'DiskVolume.NotInSameZone', `The disk ${far.id} is in ${far.zone}, the group in ${zone}.`);
}

/** What goes together and what does not. */
function checkFeatures(request: CreateParameters): void {
  const { SpotStrategy, ComputeCategory, AutoCreateEip } = request;
  if (SpotStrategy === 'SpotWithPriceLimit' && request.SpotPriceLimit === undefined) throw missing('SpotPriceLimit');
  if (ComputeCategory !== undefined) {
    if (SpotStrategy !== 'NoSpot') throw conflict('spot instances');
    if (request.CpuArchitecture === 'ARM64') throw conflict('ARM');
    if (request.InstanceType?.some((type) => !SIZE.test(type))) throw conflict('ECS instance types, only with sizes');
    const sizes = request.InstanceType?.map((size) => Number(SIZE.exec(size)?.[1])) ?? [request.Cpu ?? 0];
    if (Math.max(...sizes) > MOST_CPU_BY_CATEGORY) throw conflict(`more than ${MOST_CPU_BY_CATEGORY} vCPU`);
  }
  for (const name of ['EipBandwidth', 'EipISP', 'EipCommonBandwidthPackage'] as const) {
    if (request[name] !== undefined && !AutoCreateEip) throw invalid(name, 'it goes with AutoCreateEip only');
  }
  // No page says so; a group has one address of each kind.
  if (request.EipInstanceId !== undefined && AutoCreateEip) {
    throw invalid('EipInstanceId', 'it does not go with AutoCreateEip');
  }
  // Open to accounts on a list of invited ones, too.
  if (request.Container.some((each) => each.SecurityContextPrivileged)) {
    throw new ApiError(403, 'FeatureAccessRestricted', 'Privileged containers are not open to this account.');
  }
}

/** "Mount a disk volume": so many disks an instance. */
const MOST_DISKS = 6;

/** "Specify the computing power type of an instance". */
const MOST_CPU_BY_CATEGORY = 8;

const conflict = (what: string): ApiError =>
  new ApiError(400, 'FeatureBasedConstraintConflict', `ComputeCategory does not go with ${what}.`);

function checkNetwork(request: CreateParameters, { scenario }: Cloud): void {
  const vswitches = request.VSwitchId.map((id) => {
    const vswitch = scenario.vswitch.find((each) => each.id === id);
    if (!vswitch) throw new ApiError(404, 'InvalidVSwitchId.NotFound', `The vSwitch ${id} does not exist.`);
    return vswitch;
  });
  if (request.ZoneId !== undefined && vswitches.some((each) => each.zone !== request.ZoneId)) {
    throw new ApiError(403, 'OperationDenied.VswZoneMisMatch', 'The vSwitch is not in the specified zone.');
  }
  if (request.SecurityGroupId === undefined) return;
  const securityGroup = scenario.security_group.find((each) => each.id === request.SecurityGroupId);
  if (!securityGroup) {
    throw new ApiError(
      404,
      'InvalidSecurityGroupId.NotFound',
      `The security group ${request.SecurityGroupId} does not exist.`,
    );
  }
  if (vswitches.some((each) => each.vpc !== securityGroup.vpc)) {
    throw new ApiError(
      403,
      'OperationDenied.SecurityGroupMisMatch',
      'The security group and the vSwitch are not in the same VPC.',
    );
  }
}

function checkContainers({ Container, InitContainer }: CreateParameters): void {
  const names = [...InitContainer, ...Container].map((each) => each.Name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new ApiError(400, 'InvalidParameter.DuplicatedName', `There are two containers ${twice}.`);
  }
}

function checkVolumes({ Container, InitContainer, Volume }: CreateParameters): void {
  Volume.forEach((volume, index) => {
    // An empty folder needs no word about itself; everything else has something to say.
    if (volume.Type !== 'EmptyDirVolume' && volume[volume.Type] === undefined) {
      throw missing(`Volume.${index + 1}.${volume.Type}`);
    }
    if (volume.EmptyDirVolume?.Medium === 'LocalRaid0') {
      const why = 'None of the instance types here has local disks.';
      throw new ApiError(400, 'InvalidInstanceTypeForRaid', why);
    }
    // Open to accounts on a list of invited ones, which the emulated one is not.
    if (volume.Type === 'HostPathVolume') {
      throw new ApiError(403, 'FeatureAccessRestricted', 'HostPath volumes are not open to this account.');
    }
  });
  if (Volume.filter(isDisk).length > MOST_DISKS) {
    throw new ApiError(400, 'DiskNumber.LimitExceed', `At most ${MOST_DISKS} disks are allowed.`);
  }
  const volumes = new Set(Volume.map((volume) => volume.Name));
  for (const container of [...InitContainer, ...Container]) {
    const unknown = container.VolumeMount.find((mount) => !volumes.has(mount.Name));
    if (unknown) {
      const why = `container ${container.Name} mounts the volume ${unknown.Name}, which does not exist`;
      throw invalid('VolumeMount', why);
    }
  }
}
