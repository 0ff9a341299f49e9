import { clsx } from 'clsx';
import { useEffect, useRef, useState, type ReactNode } from 'react';

import { f } from './file-messages.ts';

const BLOCK = 100;
/** The height of a line of code in pixels, see `.code-text`. */
const LINE_PX = 20;
/** How far ahead of the visible lines highlighting begins. */
const AHEAD_PX = 800;

export interface LineBlocksProps {
  count: number;
  /** The length of the longest line in characters, so that the width is known before every line is rendered. */
  longest: number;
  label: string;
  /** Whether the lines have numbers. */
  numbers: boolean;
  /** The line to scroll to, counted from 1. */
  line?: number;
  /** Called with a line, counted from 1, whose number was clicked. */
  onLine?: (line: number) => void;
  /**
   * Renders the lines from `from` (included) to `to` (excluded). The text stays plain until the lines are near the
   * screen.
   */
  children: (from: number, to: number, near: boolean) => ReactNode;
}

/**
 * Any number of lines in one scroll container. All of their text is in the page, so that the browser can find and copy
 * it, but lines off screen are neither laid out nor highlighted.
 */
export function LineBlocks({ count, longest, label, numbers, line, onLine, children }: LineBlocksProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const near = useNear(scroller, Math.ceil(count / BLOCK));
  useEffect(() => {
    const element = scroller.current;
    if (element === null || line === undefined) return;
    const top = (line - 1) * LINE_PX;
    const isSeen = top >= element.scrollTop && top + 2 * LINE_PX <= element.scrollTop + element.clientHeight;
    if (!isSeen) element.scrollTop = Math.max(0, top - element.clientHeight / 3);
  }, [line]);
  const blocks = Array.from({ length: Math.ceil(count / BLOCK) }, (_, index) => index * BLOCK);
  const digits = String(count).length;
  return (
    <div
      ref={scroller}
      tabIndex={0}
      role="group"
      aria-label={label}
      className="relative min-h-0 flex-1 overflow-auto overscroll-contain py-2 outline-offset-[-2px]"
    >
      {line !== undefined && (
        <div
          aria-hidden
          data-marked-line={line}
          className="absolute inset-x-0 bg-accent-soft"
          style={{ top: 8 + (line - 1) * LINE_PX, height: LINE_PX, minWidth: `${longest + digits + 5}ch` }}
        />
      )}
      {blocks.map((from) => {
        const to = Math.min(from + BLOCK, count);
        return (
          <div
            key={from}
            data-block={from / BLOCK}
            className="code-text relative flex w-max min-w-full [content-visibility:auto]"
            style={{
              containIntrinsicHeight: (to - from) * LINE_PX,
              minWidth: `max(100%, ${longest + (numbers ? digits : 0) + 5}ch)`,
            }}
          >
            {numbers && (
              <pre
                aria-hidden
                className={clsx(
                  'sticky left-0 shrink-0 bg-bg pr-3 pl-3 text-right text-muted select-none',
                  onLine !== undefined && 'cursor-pointer hover:text-text',
                )}
                style={{ minWidth: `calc(${digits}ch + 24px)` }}
                title={onLine && f.linkToLine}
                onClick={({ clientY, currentTarget }) => {
                  const clicked =
                    from + Math.floor((clientY - currentTarget.getBoundingClientRect().top) / LINE_PX) + 1;
                  onLine?.(Math.min(Math.max(clicked, from + 1), to));
                }}
              >
                {Array.from({ length: to - from }, (_, index) => from + index + 1).join('\n')}
              </pre>
            )}
            <pre className={numbers ? 'pr-4' : 'px-4'}>{children(from, to, near.has(from / BLOCK))}</pre>
          </div>
        );
      })}
    </div>
  );
}

/** The blocks that have been near the screen so far. */
function useNear(scroller: React.RefObject<HTMLElement | null>, blocks: number): ReadonlySet<number> {
  const [near, setNear] = useState<ReadonlySet<number>>(new Set([0]));
  useEffect(() => {
    const root = scroller.current;
    if (root === null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        const seen = entries
          .filter((entry) => entry.isIntersecting && entry.target instanceof HTMLElement)
          .map((entry) => Number((entry.target as HTMLElement).dataset['block']));
        if (seen.length > 0) setNear((before) => new Set([...before, ...seen]));
      },
      { root, rootMargin: `${AHEAD_PX}px 0px` },
    );
    for (const block of root.querySelectorAll('[data-block]')) observer.observe(block);
    return () => observer.disconnect();
  }, [scroller, blocks]);
  return near;
}

/** The number of characters in the longest line; a tab counts as four. */
export function findLongest(lines: readonly string[]): number {
  let longest = 0;
  for (const line of lines) longest = Math.max(longest, line.length + 3 * (line.split('\t').length - 1));
  return longest;
}
