export interface RamPolicy {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Action: string | readonly string[];
    readonly Resource: string;
  }[];
}

const ECI = 'eci:';

/** @returns what a policy allows, in its order. */
export const allowedActions = ({ Statement }: RamPolicy): string[] =>
  Statement.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action);

/** @param seen names of ECI's actions. @returns a sentence for each action that is missing and for each that nobody called. */
export function policyProblems(policy: RamPolicy, seen: ReadonlySet<string>): string[] {
  const allowed = new Set(allowedActions(policy).filter((action) => action.startsWith(ECI)));
  const called = new Set([...seen].map((action) => ECI + action));
  return [
    ...[...called].filter((action) => !allowed.has(action)).map((action) => `${action} was called and is not allowed`),
    ...[...allowed].filter((action) => !called.has(action)).map((action) => `${action} is allowed and was not called`),
  ];
}
