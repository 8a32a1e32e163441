import { invalid } from '../wire/api-error.ts';

/** A page of a list, and the token that asks for the next one; empty after the last. */
interface Page<Item> {
  readonly items: readonly Item[];
  readonly NextToken: string;
}

/**
 * One page. The token names the last item that was seen, and the list's order never changes; so nothing is repeated or lost when items come or go
 * between two pages.
 *
 * @param order ids of all items there ever were, in order.
 * @throws ApiError for a token that is none of ours.
 */
export function pageOf<Item>(
  all: readonly Item[],
  idOf: (item: Item) => string,
  order: readonly string[],
  { Limit, NextToken }: { readonly Limit: number; readonly NextToken: string },
): Page<Item> {
  const seen = NextToken === '' ? -1 : order.indexOf(lastSeen(NextToken));
  const rest = all.filter((item) => order.indexOf(idOf(item)) > seen);
  const items = rest.slice(0, Limit);
  const last = items.at(-1);
  return { items, NextToken: rest.length > items.length && last !== undefined ? tokenAfter(idOf(last)) : '' };
}

const tokenAfter = (id: string): string => Buffer.from(`after:${id}`).toString('base64url');

function lastSeen(token: string): string {
  const id = /^after:(.+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  if (id === undefined) throw invalid('NextToken', 'it is none of ours');
  return id;
}
