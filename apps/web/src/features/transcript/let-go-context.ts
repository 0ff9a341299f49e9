import { createContext } from 'react';

/** Keeps the conversation where it is, when what follows a row changes. */
export const LetGoContext = createContext<() => void>(() => {});
