import * as z from 'zod';

/** Tools write what an image does not have as null, as an empty value, or not at all. */
const words = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const text = z
  .string()
  .nullish()
  .transform((given) => given ?? '');

/** The part of an OCI image configuration that a container runtime goes by (image-spec, config.md); Docker's own is the same. */
const ConfigSchema = z.object({
  /** `NAME=value` */
  Env: words,
  Entrypoint: words,
  Cmd: words,
  /** `user`, `uid`, `user:group` or `uid:gid`; empty is root. */
  User: text,
  WorkingDir: text,
});

const ImageSchema = z.object({ config: ConfigSchema.nullish().transform((given) => given ?? NO_CONFIG) });

export type ImageConfig = z.output<typeof ConfigSchema>;
export const NO_CONFIG: ImageConfig = { Env: [], Entrypoint: [], Cmd: [], User: '', WorkingDir: '' };

/** @param json text of an image configuration. @throws Error that names what is wrong with it. */
export function parseImageConfig(json: string): ImageConfig {
  const result = ImageSchema.safeParse(JSON.parse(json));
  if (result.success) return result.data.config;
  throw new Error(result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}
