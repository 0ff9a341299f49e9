import { createInterface, type Interface } from 'node:readline/promises';
import { clearLine, cursorTo } from 'node:readline';

import { paintPiece, type ChatIo } from './chat-io.ts';
import type { Style } from './style.ts';
import type { Piece } from './transcript.ts';

const PROMPT = '> ';

export interface ScreenHandlers {
  onLine: (line: string) => void;
  /** Ctrl-C. `typed` is the text in the input line. */
  onInterrupt: (typed: string) => void;
  /** Ctrl-D, or the end of the input. */
  onEnd: () => void;
}

export interface Screen {
  write: (pieces: readonly Piece[]) => void;
  showPrompt: () => void;
  /** Asks a question below the output. Rejects with an AbortError when the signal fires. */
  ask: (question: string, signal: AbortSignal) => Promise<string>;
  clearTyped: () => void;
  close: () => void;
}

/** One terminal for input and output: output appears above the line that is being typed. */
export function openScreen(io: ChatIo, style: Style, handlers: ScreenHandlers): Screen {
  const terminal = io.output.isTTY === true && io.input.isTTY === true;
  const readline: Interface = createInterface({ input: io.input, output: io.output, terminal, prompt: PROMPT });
  let prompting = false;
  let closed = false;

  readline.on('line', (line) => {
    prompting = false;
    handlers.onLine(line);
  });
  readline.on('SIGINT', () => handlers.onInterrupt(readline.line));
  readline.on('close', () => {
    closed = true;
    handlers.onEnd();
  });

  function withdrawPrompt(): void {
    clearLine(io.output, 0);
    cursorTo(io.output, 0);
  }

  return {
    write(pieces) {
      if (pieces.length === 0) return;
      const redraw = terminal && prompting && !closed;
      if (redraw) withdrawPrompt();
      for (const piece of pieces) io.output.write(paintPiece(piece, style));
      if (redraw) readline.prompt(true);
    },
    showPrompt() {
      if (!terminal || prompting || closed) return;
      prompting = true;
      readline.prompt(true);
    },
    async ask(question, signal) {
      if (prompting) withdrawPrompt();
      // While a question is open, it is readline's prompt, which is redrawn below the output.
      prompting = true;
      try {
        return await readline.question(question, { signal });
      } finally {
        prompting = false;
      }
    },
    clearTyped: () => readline.write(null, { ctrl: true, name: 'u' }),
    close: () => readline.close(),
  };
}
