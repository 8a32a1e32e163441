/** Parameters as they come: flat names such as `Container.1.EnvironmentVar.2.Key`. */
export type FlatParameters = ReadonlyMap<string, string>;

/** The same, nested. */
type Tree = string | readonly Tree[] | { readonly [name: string]: Tree };

type Node = Map<string, Node | string>;

/**
 * Builds lists and objects from flat names. Lists are collected by their numbers, in order: a client that leaves out an item (the SDK does for
 * null) leaves a hole in the numbering.
 */
export function unflatten(flat: FlatParameters): { readonly [name: string]: Tree } {
  const root: Node = new Map();
  for (const [name, value] of flat) {
    const parts = name.split('.');
    const last = parts.pop() ?? '';
    let node = root;
    for (const part of parts) {
      const next = node.get(part);
      if (next instanceof Map) node = next;
      else {
        const made: Node = new Map();
        node.set(part, made);
        node = made;
      }
    }
    node.set(last, value);
  }
  return toObject(root);
}

const toTree = (node: Node | string): Tree => {
  if (typeof node === 'string') return node;
  // Lists are counted from 1; anything else between the dots is a member's name.
  if (![...node.keys()].every((key) => /^[1-9]\d*$/.test(key))) return toObject(node);
  return [...node].sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => toTree(item));
};

const toObject = (node: Node): { readonly [name: string]: Tree } =>
  Object.fromEntries([...node].map(([key, item]) => [key, toTree(item)]));

/** Query and form body in one map; the API takes parameters from either. */
export function readParameters(query: URLSearchParams, contentType: string | undefined, body: Buffer): FlatParameters {
  const flat = new Map(query);
  if (contentType?.startsWith('application/x-www-form-urlencoded')) {
    for (const [name, value] of new URLSearchParams(body.toString('utf8'))) flat.set(name, value);
  }
  return flat;
}

/** Of every RPC style call (Alibaba Cloud: "Common parameters"), where they do not come as headers. */
const COMMON = new Set(
  'Action Version Format AccessKeyId Signature SignatureMethod SignatureVersion SignatureNonce Timestamp SecurityToken'.split(
    ' ',
  ),
);

/** What is left for the action itself. */
export const actionParameters = (flat: FlatParameters): FlatParameters =>
  new Map([...flat].filter(([name]) => !COMMON.has(name)));
