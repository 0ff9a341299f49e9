import { useMemo, useState } from 'react';

import { chat } from '../../messages/chat.ts';
import { HighlightedCode } from '../../markdown/highlighted-code.tsx';
import { countShownChars } from '../../ui/cut-text.ts';
import { NotShown } from './not-shown.tsx';
import { ShowMoreButton } from '../../ui/show-more-button.tsx';
import { useDisclosure } from '../../ui/disclosure.ts';

const SHOWN = 20;
const MAX_OPEN = 2000;

/** A file's text with line numbers; its first twenty lines, and the rest on demand. `from` is the first line's number. */
export function CodeWindow(props: { code: string; language: string; from: number; windowKey: string; sign?: '+' }) {
  const [open, setOpen] = useDisclosure(`code:${props.windowKey}`, false);
  const lines = useMemo(() => props.code.replace(/\n$/, '').split('\n'), [props.code]);
  const count = open ? Math.min(lines.length, MAX_OPEN) : lines.length <= SHOWN + 2 ? lines.length : SHOWN;
  const [wholeLines, setWholeLines] = useState(false);
  const fitting = lines.slice(0, count);
  const whole = fitting.join('\n');
  const shown = wholeLines ? whole : fitting.map((line) => line.slice(0, countShownChars(line.length))).join('\n');
  const numbers = Array.from({ length: count }, (_, index) => props.from + index).join('\n');
  return (
    <div className="rounded-sm border border-line bg-surface">
      <div className="flex max-h-[480px] overflow-auto" tabIndex={0} role="group" aria-label={chat.tools.output}>
        <pre
          aria-hidden
          className="code-text sticky left-0 shrink-0 bg-surface py-2 pr-2 pl-3 text-right text-muted select-none"
        >
          {numbers}
        </pre>
        {props.sign !== undefined && (
          <pre aria-hidden className="code-text shrink-0 bg-ok-soft py-2 pl-1 text-ok select-none">
            {Array.from({ length: count }, () => props.sign).join('\n')}
          </pre>
        )}
        <pre className={`code-text min-w-0 flex-1 px-2 py-2 ${props.sign === undefined ? '' : 'bg-ok-soft'}`}>
          <HighlightedCode code={shown} language={props.language} />
        </pre>
      </div>
      {shown.length < whole.length && (
        <div className="border-t border-line px-3">
          <ShowMoreButton hidden={whole.length - shown.length} onShow={() => setWholeLines(true)} />
        </div>
      )}
      {open && <NotShown count={lines.length - MAX_OPEN} />}
      {lines.length > SHOWN + 2 && (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="tap w-full border-t border-line py-1 text-sm font-semibold text-accent hover:bg-hover"
        >
          {open
            ? chat.transcript.showLess
            : chat.transcript.showMore(chat.tools.lines(Math.min(lines.length, MAX_OPEN) - SHOWN))}
        </button>
      )}
    </div>
  );
}
