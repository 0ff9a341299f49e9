import type { Style } from './style.ts';
import type { Piece } from './transcript.ts';

/** The terminal, or the pipes that replace it. */
export interface ChatIo {
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  output: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  error: NodeJS.WritableStream;
}

const DEFAULT_WIDTH = 100;

export function getWidth(io: ChatIo): number {
  // A terminal of unknown size reports 0 columns.
  return Math.max(40, io.output.columns || DEFAULT_WIDTH);
}

/**
 * Renders a piece for the terminal. The piece's control characters have been removed before; colours are added here.
 */
export function paintPiece(piece: Piece, style: Style): string {
  switch (piece.kind) {
    case 'text':
      return piece.text;
    case 'note':
      return style.dim(piece.text.trimEnd()) + trailingSpace(piece.text);
    case 'problem':
      return style.bad(piece.text.trimEnd()) + trailingSpace(piece.text);
  }
}

function trailingSpace(text: string): string {
  return text.slice(text.trimEnd().length);
}
