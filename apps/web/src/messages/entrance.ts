import { enEntrance } from './entrance-en.ts';

/** The texts for who is not signed in, in the language in use. */
export const entrance = enEntrance;
