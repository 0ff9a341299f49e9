import { clsx } from 'clsx';
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react';

import { chat } from '../../messages/chat.ts';
import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import type { Review, ReviewRow } from './review-rows.ts';
import { useHiddenCharacters } from './use-hidden-characters.ts';

/** If a review has more rows, only the first and the last rows are shown until a person asks for all. */
const MAX_ROWS = 12;
const HEAD_ROWS = 8;
const TAIL_ROWS = 4;
/** Rendering more rows at once would block the page. */
const MAX_OPEN_ROWS = 1000;

export interface ReviewBoxProps {
  review: Review;
  label: string;
  /** Whether the text is a shell command. */
  prompt?: boolean;
  /**
   * Whether the middle of the text has to be shown before it can be allowed, because the text runs as a command does.
   */
  whole?: boolean;
  /** Whether a folded part has to be shown before the call can be allowed. */
  onFolded: (folded: boolean) => void;
  /**
   * Called once the end of the text is on screen and not covered or cut off, or once a person has asked for the whole
   * text.
   */
  onEndSeen: () => void;
}

/**
 * The text that a person decides on. A text that does not fit shows its beginning, its end, its length and a button for
 * the rest.
 */
export function ReviewBox({ review, label, prompt = false, whole = false, onFolded, onEndSeen }: ReviewBoxProps) {
  const { rows, lines } = review;
  const [open, setOpen] = useState(false);
  const [everything, setEverything] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLSpanElement>(null);
  const long = useIsLong(box, rows.length);
  const folded = long && !open;
  // The longest texts need a second press to show all.
  const complete = !open || everything || rows.length <= MAX_OPEN_ROWS;
  const hides = (whole && folded) || !complete;
  useEndSeen(end, `${folded}:${hides}`, hides ? null : onEndSeen);
  useEffect(() => onFolded(whole && folded), [onFolded, whole, folded]);

  const draw = (some: readonly ReviewRow[]) => <RowList rows={some} lines={lines} prompt={prompt} />;
  // At least two rows, so that the beginning and the end are separate; a single row is never this long.
  const half = Math.ceil(rows.length / 2);
  const headCount = Math.min(half, HEAD_ROWS);
  const tailFrom = Math.max(half, rows.length - TAIL_ROWS);
  const head = useRef<HTMLDivElement>(null);
  const tail = useRef<HTMLDivElement>(null);
  const parts = useMemo(
    () => [
      { box: head, first: 0 },
      { box: tail, first: tailFrom },
    ],
    [tailFrom],
  );
  const hidden = useHiddenCharacters(rows, parts, folded);
  const showAll = () => {
    setOpen(true);
    if (rows.length <= MAX_OPEN_ROWS) onEndSeen();
  };
  const endMark = <span ref={end} data-review-end="" className="block h-px" />;
  const shown = everything ? rows : rows.slice(0, MAX_OPEN_ROWS);
  return (
    <div
      ref={box}
      data-review=""
      role="group"
      aria-label={label}
      className={clsx(
        'mx-4 mt-2 flex flex-col overflow-hidden rounded-sm border border-line bg-surface',
        // Eight lines and the toolbar; on a low screen, two lines of the beginning and two of the end.
        long ? 'min-h-[216px] short:min-h-[104px]' : 'shrink-0',
        open && 'max-h-[60dvh]',
      )}
    >
      {folded ? (
        <>
          <div ref={head} className="max-h-[168px] min-h-6 shrink overflow-hidden px-3 pt-2">
            {draw(rows.slice(0, headCount))}
          </div>
          <Bar review={review} hidden={hidden} open={false} onToggle={showAll} />
          <div ref={tail} className="flex max-h-[88px] min-h-7 shrink flex-col justify-end overflow-hidden px-3 pb-2">
            <div>
              {draw(rows.slice(tailFrom))}
              {endMark}
            </div>
          </div>
        </>
      ) : (
        <>
          <div
            className={clsx('px-3 py-2', open ? 'min-h-0 overflow-y-auto' : 'relative pr-11')}
            {...(open && { tabIndex: 0, role: 'group', 'aria-label': label })}
          >
            {draw(shown)}
            {shown.length < rows.length && (
              <Button size="small" look="quiet" className="my-1" onClick={() => setEverything(true)}>
                {chat.transcript.showMore(chat.tools.lines(rows.length - shown.length))}
              </Button>
            )}
            {endMark}
            {!open && (
              <CopyButton
                text={review.text}
                label={t.app.copy}
                className="absolute top-0.5 right-0.5 max-md:-top-1 pointer-coarse:-top-1"
              />
            )}
          </div>
          {open && <Bar review={review} open onToggle={() => setOpen(false)} />}
        </>
      )}
    </div>
  );
}

interface BarProps {
  review: Review;
  /** How many characters are folded. */
  hidden?: number;
  open: boolean;
  onToggle: () => void;
}

function Bar({ review, hidden = 0, open, onToggle }: BarProps) {
  return (
    <div className="flex shrink-0 items-center gap-1 border-y border-line bg-raised pl-3 text-sm last:border-b-0">
      <span className="nums text-muted">
        {chat.tools.lines(review.lines)}
        {hidden > 0 && t.approvals.hiddenPart(hidden)}
      </span>
      <span aria-hidden className="text-muted">
        ·
      </span>
      <button
        type="button"
        aria-expanded={open}
        onClick={onToggle}
        className="tap shrink-0 rounded-sm px-1 py-1 font-semibold text-accent hover:underline"
      >
        {open ? chat.transcript.showLess : t.approvals.showAll}
      </button>
      <CopyButton text={review.text} label={t.app.copy} className="ml-auto" />
    </div>
  );
}

const tones = { '+': 'bg-ok-soft', '-': 'bg-bad-soft', ' ': '', '': '' };
const signTones = { '+': 'text-ok', '-': 'text-bad', ' ': 'text-muted', '': '' };

function RowList({ rows, lines, prompt }: { rows: readonly ReviewRow[]; lines: number; prompt: boolean }) {
  const numbered = rows.some((row) => row.number !== null);
  const highest = rows.reduce((most, { number }) => Math.max(most, number ?? 0), lines);
  return (
    <div className="code-text" dir="ltr">
      {rows.map((row, index) => (
        <div
          key={index}
          data-row=""
          className={clsx('flex', tones[row.sign], row.gap === true && 'border-t border-line')}
        >
          {numbered && (
            <span
              aria-hidden
              className="nums shrink-0 pr-3 text-right text-muted select-none"
              style={{ width: `calc(${String(highest).length}ch + 12px)` }}
            >
              {row.number}
            </span>
          )}
          {prompt && lines === 1 && index === 0 && (
            <span aria-hidden className="shrink-0 pr-2 text-muted select-none">
              $
            </span>
          )}
          {row.sign !== '' && (
            <span className={clsx('w-5 shrink-0 pl-1 select-none', signTones[row.sign])}>
              {row.sign === '-' ? '−' : row.sign}
            </span>
          )}
          {row.emptyLines === undefined ? (
            <span className="min-h-5 min-w-0 flex-1 wrap-anywhere whitespace-pre-wrap">
              <VisibleText text={row.text} />
            </span>
          ) : (
            <span className="font-sans text-warn">{t.visible.emptyLines(row.emptyLines)}</span>
          )}
        </div>
      ))}
    </div>
  );
}

/**
 * Whether the text has too many rows or is taller than the box allows. The full text is measured, again after each
 * resize.
 */
function useIsLong(box: RefObject<HTMLDivElement | null>, rows: number): boolean {
  const many = rows > MAX_ROWS;
  const [overflows, setOverflows] = useState(false);
  const [measured, setMeasured] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (many || rows < 2 || element === null) return;
    const limit = Math.min(MAX_ROWS * 20 + 20, findRoom(element));
    if (element.scrollHeight > limit + 4) setOverflows(true);
  }, [box, many, rows, measured]);
  useEffect(() => {
    const again = () => {
      setOverflows(false);
      setMeasured((count) => count + 1);
    };
    window.addEventListener('resize', again);
    return () => window.removeEventListener('resize', again);
  }, []);
  return many || overflows;
}

/**
 * How tall the box may be, in pixels, before its card is cut off or has to scroll: its height minus the part that does
 * not fit now.
 */
function findRoom(box: HTMLElement): number {
  let over = 0;
  for (let around = box.parentElement; around !== null; around = around.parentElement) {
    if (getComputedStyle(around).display !== 'contents')
      over = Math.max(over, around.scrollHeight - around.clientHeight);
    if (around.matches('[data-approval]')) return box.offsetHeight - over;
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * Calls back once the end has been on screen. An end that is scrolled away, cut off or zero pixels tall does not count.
 */
function useEndSeen(end: RefObject<HTMLElement | null>, drawn: string, onSeen: (() => void) | null): void {
  const told = useRef(onSeen);
  useLayoutEffect(() => {
    told.current = onSeen;
  });
  useEffect(() => {
    if (end.current === null) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) told.current?.();
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [end, drawn]);
}
