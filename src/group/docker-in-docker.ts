import { refusedService, type Service } from '../services/service.ts';

/** `docker:dind`, `docker:27-dind-rootless`, also from another registry or folder: the last part counts. */
const DIND = /(?:^|\/)docker:(?:[\w.]+-)*dind(?:-rootless)?(?:@.*)?$/;

/**
 * A service with a Docker daemon would end right after its start, and the job would fail with something about a connection.
 * @throws DriverError (user, operator for one of the settings) for such a service.
 */
export function refuseDockerInDocker(services: readonly Pick<Service, 'image' | 'owner'>[]): void {
  const service = services.find(({ image }) => DIND.test(image));
  if (service === undefined) return;
  throw refusedService(
    service.owner,
    `The service ${service.image} is a Docker daemon, and a container group has no privileged containers.`,
    'Build images with kaniko or buildah, which need no daemon and no privileges: docs/faq.md of gitlab-eci-executor has a job to copy.',
  );
}
