const DECIMAL: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

export const GIB = 2 ** 30;

/** A Kubernetes quantity (Kubernetes: "Quantity"): `500m`, `2`, `1.5Gi`, `1e9`. @returns undefined when the text is none. */
export function parseQuantity(text: string): number | undefined {
  const match = /^(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d+)|([KMGTPE]i|[numkMGTPE]))?$/.exec(text);
  if (!match) return undefined;
  const [, amount = '', exponent, suffix = ''] = match;
  if (exponent !== undefined) return Number(`${amount}e${exponent}`);
  const power = BINARY.indexOf(suffix) + 1;
  return Number(amount) * (power > 0 ? 1024 ** power : (DECIMAL[suffix] ?? 1));
}

/** Bytes as ECI wants memory: in GiB, to three decimals, never less than asked for. */
export const toGiB = (bytes: number): number => Math.ceil((bytes / GIB) * 1000) / 1000;
