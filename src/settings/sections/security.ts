import * as z from 'zod/mini';
import { integer, matching } from './rules.ts';

/** Users, privileges and kernel parameters, as far as ECI has them. Names are the Kubernetes executor's. */

const id = integer(0, 2 ** 31 - 1);

/** For people who look for a way to build images. */
export const NO_PRIVILEGES =
  'a container group has no privileged containers, so Docker-in-Docker cannot run there. kaniko and buildah build images without: see docs/faq.md';

const notPrivileged = z.boolean().check(z.refine((value) => !value, NO_PRIVILEGES));
export const privileged = z._default(notPrivileged, false);

/** Of all containers that the driver does not start for itself; those of a class come first, and an init container's own. */
const user = {
  run_as_user: z.optional(id),
  run_as_group: z.optional(id),
  run_as_non_root: z.optional(z.boolean()),
};

export const PodSecurityContext = z.strictObject(user);

export const ContainerSecurityContext = z.strictObject({
  ...user,
  read_only_root_filesystem: z._default(z.boolean(), false),
  privileged,
  capabilities: z.prefault(z.strictObject({ add: z._default(z.array(z.enum(['NET_ADMIN', 'NET_RAW'])), []) }), {}),
});

/** ECI: "Configure a security context"; each group has its own. */
const SYSCTL =
  /^(kernel\.(shm|msg)\w*|kernel\.sem|fs\.mqueue\.\w+|net\.(?!ipv4\.tcp_syncookies$)[\w.]+|vm\.min_free_kbytes)$/;

export const Sysctls = z.record(
  z
    .string()
    .check(
      z.regex(
        SYSCTL,
        'allowed are kernel.shm*, kernel.msg*, kernel.sem, fs.mqueue.*, net.* (without net.ipv4.tcp_syncookies) and vm.min_free_kbytes',
      ),
    ),
  matching(/^[^\n]{1,256}$/, 'a text, such as "1024"'),
);
