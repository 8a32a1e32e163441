/** Powers of ten. */
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

export const GIB = 2 ** 30;

/**
 * A Kubernetes quantity (Kubernetes: "Quantity"): `500m`, `2`, `1.5Gi`, `1e9`, `+2`. Amounts of resources are meant, so none is below zero.
 * @returns undefined when the text is none, or means more than a number can hold.
 */
export function parseQuantity(text: string): number | undefined {
  const match = /^\+?(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d+)|([KMGTPE]i|[numkMGTPE]))?$/.exec(text);
  if (!match) return undefined;
  const [, amount = '', exponent, suffix = ''] = match;
  // Read as one number: 700 times a thousandth is not 0.7.
  const value = Number(`${amount}e${exponent ?? DECIMAL[suffix] ?? 0}`) * 1024 ** (BINARY.indexOf(suffix) + 1);
  return Number.isFinite(value) ? value : undefined;
}

/** Up to the next thousandth; sums of fractions are not exact, and what they are off by does not count. */
const roundUp = (amount: number): number => Math.ceil(amount * 1000 - 1e-7) / 1000;

/** vCPU as ECI wants them: to three decimals, never less than asked for. */
export const toVcpu = (cpus: number): number => roundUp(cpus);

/** Bytes as ECI wants memory: in GiB, to three decimals, never less than asked for. */
export const toGiB = (bytes: number): number => roundUp(bytes / GIB);

/** Container runtimes take no memory limit below (Docker: `--memory`). */
const FEWEST_BYTES = 6 * 2 ** 20;

/** Nothing runs in so little, so it was meant otherwise: `8` for `8Gi`, `512m` (half a byte) for `512Mi`. Zero says that there is none. */
export const isTooFewBytes = (bytes: number): boolean => bytes > 0 && bytes < FEWEST_BYTES;
