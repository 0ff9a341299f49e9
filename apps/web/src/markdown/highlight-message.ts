export interface CodePart {
  text: string;
  /** A CSS colour, or null for the surrounding text's colour. */
  color: string | null;
}

export type CodeLine = readonly CodePart[];

/** The request that the page sends to the worker. */
export interface HighlightRequest {
  id: number;
  code: string;
  language: string;
}

/** `lines` is null if the language is unknown or its grammar could not be loaded. */
export interface HighlightReply {
  id: number;
  lines: readonly CodeLine[] | null;
}
