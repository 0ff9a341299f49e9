export interface CodePart {
  text: string;
  /** A CSS colour, or null for the colour around it. */
  color: string | null;
}

export type CodeLine = readonly CodePart[];

/** What the page asks for. */
export interface HighlightRequest {
  id: number;
  code: string;
  language: string;
}

/** `lines` is null where there are none: a language that is not known, or one that could not be loaded. */
export interface HighlightReply {
  id: number;
  lines: readonly CodeLine[] | null;
}
