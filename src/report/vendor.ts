/**
 * pino, by itself: nothing of ours stands here, because the build embeds this file as a text that is compiled only when something is logged
 * (build.ts).
 */
export { pino } from 'pino';
