import type { Settings } from '../settings/schema.ts';
import { refusedWish } from './refused-wish.ts';
import type { Variable } from './resources.ts';

const VARIABLE_PREFIX = 'KUBERNETES_NODE_SELECTOR_';

/** The one label of a node that a container group has too; the second name is its older one (Kubernetes: "Well-Known Labels"). */
const ARCHITECTURE_LABEL = /^(?:beta\.)?kubernetes\.io\/arch$/;

const ARCHITECTURES: Readonly<Record<string, NonNullable<Settings['cpu_architecture']>>> = {
  amd64: 'AMD64',
  arm64: 'ARM64',
};

interface ReadNodeSelector {
  readonly settings: Settings;
  readonly lines: readonly string[];
  /** Variables that no allow-list allows. */
  readonly ignored: readonly string[];
  /** Variables about labels that only nodes have. */
  readonly withoutEffect: readonly string[];
}

/**
 * How a job on ACK chooses Arm: `KUBERNETES_NODE_SELECTOR_<anything>: "kubernetes.io/arch=arm64"`, by the same rules as annotations.
 * @throws DriverError (user) for one that is not `key=value`, not allowed, or of an architecture that ECI does not have.
 */
export function readNodeSelector(variables: readonly Variable[], settings: Settings): ReadNodeSelector {
  const wishes = variables.filter(([name]) => name.startsWith(VARIABLE_PREFIX));
  const allowed = settings.node_selector_overwrite_allowed;
  if (allowed === undefined) return { settings, lines: [], ignored: wishes.map(([name]) => name), withoutEffect: [] };

  let changed = settings;
  const lines: string[] = [];
  const withoutEffect: string[] = [];
  for (const [variable, value] of wishes) {
    if (!new RegExp(allowed).test(value)) {
      throw refusedWish(variable, value, `"${value}" does not match node_selector_overwrite_allowed, "${allowed}"`);
    }
    const [, key, label = ''] = /^([^=]+)=(.*)$/s.exec(value) ?? [];
    if (key === undefined) throw refusedWish(variable, value, 'it is not KEY=VALUE');
    if (!ARCHITECTURE_LABEL.test(key)) {
      withoutEffect.push(variable);
      continue;
    }
    const architecture = Object.hasOwn(ARCHITECTURES, label) ? ARCHITECTURES[label] : undefined;
    if (architecture === undefined) throw refusedWish(variable, value, 'ECI has the architectures amd64 and arm64');
    changed = { ...changed, cpu_architecture: architecture };
    lines.push(`"NodeSelector" "${key}" overwritten with "${label}"`);
  }
  return { settings: changed, lines, ignored: [], withoutEffect };
}
