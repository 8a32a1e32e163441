import { ACCOUNT } from './account.ts';
import { API } from './api.ts';
import { MANAGER } from './manager.ts';
import type { BadLuck } from './row.ts';
import { RUNNING } from './running.ts';
import { START } from './start.ts';
import { STOCK } from './stock.ts';

/** Every row, by what it is about. */
export const BAD_LUCK: Readonly<Record<string, readonly BadLuck[]>> = {
  'The manager': MANAGER,
  'The account': ACCOUNT,
  'The API': API,
  'Stock and placement': STOCK,
  'The start': START,
  'While the script runs': RUNNING,
};
