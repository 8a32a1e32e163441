import { version } from '../package.json';

export const NAME = 'gitlab-eci-executor';
export const VERSION: string = version;
