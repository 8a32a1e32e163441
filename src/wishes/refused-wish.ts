import { DriverError } from '../driver-error.ts';

/** Values are shown, but never long ones: nobody knows what a variable holds. */
const LONGEST = 120;

/** A job variable that the settings do not allow, or that nobody can understand. The job's author must act: a build failure. */
export const refusedWish = (variable: string, value: string, why: string): DriverError =>
  new DriverError(
    'user',
    `The job variable ${variable} = "${value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value}" is refused: ${why}.`,
    { hint: 'Change the variable in the pipeline, or ask the operator of this runner to allow it.' },
  );
