/** What GitLab is told of a job, or `no word` when its runner has gone without one. */
export type Colour = 'green' | `red ${number}` | 'system failure' | 'no word';

/** What a fault does to the job that it hits. */
export const CONSEQUENCES = {
  'goes on': 'the colour stays what the script makes it',
  'tries again': 'prepare fails, and the runner makes another attempt, three in all; the colour stays',
  'no machine': 'all attempts of prepare fail: system failure',
  'author must act': 'prepare fails for good, exit code 1: red 1',
  'script killed': 'red 137',
  'system failure': 'system failure',
  'not saved': 'a green job that has something to save becomes a system failure; every other colour stays',
  'no word': 'GitLab hears nothing more of the job',
} as const;

export type Consequence = keyof typeof CONSEQUENCES;

/** A job as far as its colour depends on it. */
export interface Colourable {
  /** Of its script, which ends by itself if no fault ends it. */
  readonly exitCode: number;
  /** It has artifacts. */
  readonly saves: boolean;
  /** In the order of their moments. */
  readonly faults: readonly { readonly row: { readonly then: Consequence } }[];
}

/** The colour that a job must have, known before it starts: the script's own, changed by one fault after the other. */
export const colourOf = ({ exitCode, saves, faults }: Colourable): Colour =>
  faults.reduce((colour, { row }) => changed(colour, row.then, saves), own(exitCode));

export const own = (exitCode: number): Colour => (exitCode === 0 ? 'green' : `red ${exitCode}`);

function changed(colour: Colour, then: Consequence, saves: boolean): Colour {
  switch (then) {
    case 'goes on':
    case 'tries again':
      return colour;
    case 'no machine':
    case 'system failure':
      return 'system failure';
    case 'author must act':
      return 'red 1';
    case 'script killed':
      return 'red 137';
    case 'not saved':
      return colour === 'green' && saves ? 'system failure' : colour;
    case 'no word':
      return 'no word';
  }
}

/** After such a fault nothing of the job that could be hit comes any more, its cleanup apart. */
export const ends = (then: Consequence): boolean => then !== 'goes on' && then !== 'tries again';
