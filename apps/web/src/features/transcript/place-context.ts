import { createContext } from 'react';

/** Where the reader of the conversation is. */
export interface ReadingPlace {
  /** Keeps the conversation where it is, when what follows a row changes. */
  letGo: () => void;
  /** Goes to the end, and follows what comes. */
  toBottom: () => void;
}

export const PlaceContext = createContext<ReadingPlace>({ letGo: () => {}, toBottom: () => {} });
