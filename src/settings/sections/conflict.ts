import * as z from 'zod/mini';

/** Settings that are right each by itself and do not go together. */
export interface Conflict {
  /** Where, from the top of the settings. */
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** A check of whole settings that says everything that `find` has found. */
export const withoutConflicts = <T>(find: (settings: T) => readonly Conflict[]): z.core.CheckFn<T> => {
  return ({ value, issues }) => {
    for (const { path, text } of find(value)) {
      issues.push({ code: 'custom', path: [...path], message: text, input: value });
    }
  };
};
