export { openInProcess } from './in-process.ts';
export { createToolServer } from './serve-tools.ts';
