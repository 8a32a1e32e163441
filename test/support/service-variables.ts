import type { World } from './world.ts';

/** A variable of a service, as a job has it. */
export const serviceVariable = (key: string, value: string) => ({
  key,
  value,
  public: true,
  file: false,
  masked: false,
  raw: false,
});

/** Parameters of the create calls so far. */
export const createCalls = (world: World): readonly Readonly<Record<string, string>>[] =>
  world.emulator
    .requests()
    .filter(({ action }) => action === 'CreateContainerGroup')
    .map(({ parameters }) => parameters);

/** The environment that the last create call gives to a container. @param index its number in the call, from 1. */
export function sentEnvironment(world: World, index: number): Readonly<Record<string, string>> {
  const sent = createCalls(world).at(-1) ?? {};
  const prefix = `Container.${index}.EnvironmentVar.`;
  return Object.fromEntries(
    Object.entries(sent).flatMap(([name, key]) =>
      name.startsWith(prefix) && name.endsWith('.Key') ? [[key, sent[name.replace(/Key$/, 'Value')] ?? '']] : [],
    ),
  );
}
