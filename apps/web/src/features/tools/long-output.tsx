import { useMemo, useState } from 'react';
import { clsx } from 'clsx';

import { chat } from '../../messages/chat.ts';
import { t } from '../../messages/index.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { countShownChars } from '../../ui/cut-text.ts';
import { ShowMoreButton } from '../../ui/show-more-button.tsx';
import { useDisclosure } from '../../ui/disclosure.ts';
import { countChars, sliceLine, toAnsiLines, type AnsiLine } from './ansi-lines.ts';
import { AnsiText } from './ansi-text.tsx';
import { NotShown } from './not-shown.tsx';

const HEAD = 12;
const TAIL = 8;
/** Nobody reads more than this on a page; the copy button copies the whole output. */
const MAX_SHOWN = 5000;

/** Terminal output: its first and last lines, and the rest on demand. */
export function LongOutput({ text, outputKey, tone }: { text: string; outputKey: string; tone?: 'bad' }) {
  const all = useMemo(() => toAnsiLines(text), [text]);
  const [wholeLines, setWholeLines] = useState(false);
  const lines = useMemo(() => (wholeLines ? all : all.map(shorten)), [all, wholeLines]);
  const [open, setOpen] = useDisclosure(`output:${outputKey}`, false);
  const hidden = lines.length - HEAD - TAIL;
  const folds = hidden > 2;
  const left = useMemo(() => sumChars(all) - sumChars(lines), [all, lines]);
  return (
    <div
      className={clsx(
        'group/out relative rounded-sm border',
        tone === 'bad' ? 'border-bad bg-bad-soft' : 'border-line bg-surface',
      )}
    >
      <div className="absolute top-0.5 right-0.5 rounded-sm opacity-0 group-focus-within/out:opacity-100 group-hover/out:opacity-100 pointer-coarse:opacity-100">
        <CopyButton
          text={() => all.map((line) => line.map((span) => span.text).join('')).join('\n')}
          label={t.app.copy}
        />
      </div>
      <pre
        className={clsx('code-text overflow-x-auto px-3 py-2', open && 'max-h-[480px] overflow-y-auto')}
        tabIndex={0}
      >
        {folds && !open ? (
          <>
            <AnsiText lines={lines.slice(0, HEAD)} />
            {'\n'}
            <button
              type="button"
              aria-expanded={false}
              onClick={() => setOpen(true)}
              className="tap my-1 font-sans text-sm font-semibold text-accent hover:underline"
            >
              {chat.transcript.showMore(chat.tools.lines(Math.min(lines.length, MAX_SHOWN) - HEAD - TAIL))}
            </button>
            {'\n'}
            <AnsiText lines={lines.slice(-TAIL)} />
          </>
        ) : (
          <AnsiText lines={lines.slice(0, MAX_SHOWN)} />
        )}
      </pre>
      {left > 0 && (
        <div className="border-t border-line px-3">
          <ShowMoreButton hidden={left} onShow={() => setWholeLines(true)} />
        </div>
      )}
      {folds && open && <NotShown count={lines.length - MAX_SHOWN} />}
      {folds && open && (
        <button
          type="button"
          aria-expanded
          onClick={() => setOpen(false)}
          className="tap w-full border-t border-line py-1 text-sm font-semibold text-accent hover:bg-hover"
        >
          {chat.transcript.showLess}
        </button>
      )}
    </div>
  );
}

function shorten(line: AnsiLine): AnsiLine {
  const length = countChars(line);
  const shown = countShownChars(length);
  return shown === length ? line : sliceLine(line, shown);
}

function sumChars(lines: readonly AnsiLine[]): number {
  return lines.reduce((sum, line) => sum + countChars(line), 0);
}
