import { createContext } from 'react';

/** What a page around previews gives them. */
export interface PreviewHost {
  /** The address of the empty page that goes into their frames (`GET /api/v1/preview-frame`). */
  href: string;
  /** A question is on the screen that a frame could move, so that none is shown. */
  isStill: boolean;
  isQuestionOpen: () => boolean;
}

/** Null where code has no previews. */
export const PreviewContext = createContext<PreviewHost | null>(null);
