/** The one import of the library that draws tables. */
export { default as Table } from 'cli-table3';
