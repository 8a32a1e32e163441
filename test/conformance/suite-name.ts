const PREFIX = 'the agent protocol: ';

/** What the conformance suite of one implementation is called in a test run. */
export const suiteOf = (implementation: string): string => `${PREFIX}${implementation}`;

/** @returns the implementation, or undefined for any other suite. */
export const implementationOf = (suite: string): string | undefined =>
  suite.startsWith(PREFIX) ? suite.slice(PREFIX.length) : undefined;
