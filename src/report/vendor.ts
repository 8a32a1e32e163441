/** pino, by itself: it is loaded only when something is logged. */
export { pino } from 'pino';
