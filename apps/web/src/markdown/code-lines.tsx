import { clsx } from 'clsx';
import { memo, useEffect, useRef, useState } from 'react';

import { ColouredLines, HighlightedCode, useHighlighted } from './highlighted-code.tsx';
import type { CodeLine } from './highlight-message.ts';

const LINES_PER_PART = 100;
/** The height of a line of code in pixels, see `.code-text`. */
const LINE_PX = 20;
/** How far ahead of the visible lines highlighting begins. */
const AHEAD = '800px 0px';

export interface CodeLinesProps {
  code: string;
  lines: readonly string[];
  /** How many lines are shown, from the first. */
  count: number;
  language: string;
  ready: boolean;
  wraps: boolean;
}

/** Lines of code. Only the lines near the screen are laid out and highlighted. */
export function CodeLines({ code, lines, count, language, ready, wraps }: CodeLinesProps) {
  const coloured = useHighlighted(code, language, ready);
  if (count <= LINES_PER_PART) {
    return coloured === null ? (
      <code>{lines.slice(0, count).join('\n')}</code>
    ) : (
      <ColouredLines lines={coloured.slice(0, count)} />
    );
  }
  const starts = Array.from({ length: Math.ceil(count / LINES_PER_PART) }, (_, index) => index * LINES_PER_PART);
  return starts.map((from) => {
    const to = Math.min(from + LINES_PER_PART, count);
    return (
      <Part
        key={from}
        text={lines.slice(from, to).join('\n')}
        count={to - from}
        coloured={coloured}
        from={from}
        language={ready ? language : ''}
        wraps={wraps}
      />
    );
  });
}

interface PartProps {
  text: string;
  from: number;
  count: number;
  /**
   * The highlighted lines of the whole code; null until they are ready, and for code too long to highlight as a whole.
   */
  coloured: readonly CodeLine[] | null;
  language: string;
  wraps: boolean;
}

const Part = memo(function Part({ text, from, count, coloured, language, wraps }: PartProps) {
  const element = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (element.current === null) return undefined;
    const observer = new IntersectionObserver((entries) => setNear(entries.at(-1)?.isIntersecting === true), {
      rootMargin: AHEAD,
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div
      ref={element}
      className={clsx('[content-visibility:auto]', !wraps && 'w-max min-w-full')}
      style={{ containIntrinsicHeight: `auto ${count * LINE_PX}px` }}
    >
      {near && coloured !== null ? (
        <ColouredLines lines={coloured.slice(from, from + count)} />
      ) : near && coloured === null ? (
        <HighlightedCode code={text} language={language} />
      ) : (
        <code>{text}</code>
      )}
    </div>
  );
});
