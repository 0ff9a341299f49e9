import { en } from './en.ts';

/** The catalogue in use. */
export const t = en;
