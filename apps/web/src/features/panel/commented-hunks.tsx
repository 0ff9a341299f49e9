import { clsx } from 'clsx';
import { Fragment, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

import { toPairs, type DiffHunk, type DiffLine } from '../tools/diff-hunks.ts';
import { cutHunks, toSign } from '../tools/diff-view.tsx';
import { CommentBox } from './comment-box.tsx';
import { isSameLine, useDiffComments, type DiffComment } from './diff-comments.ts';
import { g } from './git-messages.ts';

interface CommentedHunksProps {
  path: string;
  hunks: readonly DiffHunk[];
  split: boolean;
  max: number;
}

type Place = Pick<DiffComment, 'side' | 'line'>;

const tones = { '+': 'bg-ok-soft', '-': 'bg-bad-soft', ' ': '' };
const signTones = { '+': 'text-ok', '-': 'text-bad', ' ': 'text-muted' };
/** Keys that move between the numbers of lines, of which one is reached by Tab. */
const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 };

/** The lines of a difference, each with its comment; a press on a line or its number opens a box for one. */
export function CommentedHunks({ path, hunks, split, max }: CommentedHunksProps) {
  const comments = useDiffComments();
  const [open, setOpen] = useState<Place | null>(null);
  const [active, setActive] = useState<string | null>(null);
  const root = useRef<HTMLDivElement>(null);
  const hint = useId();
  const shown = useMemo(() => cutHunks(hunks, max), [hunks, max]);
  const first = useMemo(() => shown.flatMap(({ lines }) => lines).map(toPlace)[0], [shown]);
  const own = comments.all.filter((each) => each.path === path);
  const isReached = (place: Place) => (active ?? (first && toKey(first))) === toKey(place);

  const close = (place: Place) => {
    setOpen(null);
    root.current?.querySelector<HTMLElement>(`[data-line="${toKey(place)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const { target } = event;
    if (step === undefined || !(target instanceof HTMLElement) || target.dataset['line'] === undefined) return;
    const all = [...(root.current?.querySelectorAll<HTMLElement>('[data-line]') ?? [])];
    event.preventDefault();
    all[Math.max(0, Math.min(all.length - 1, all.indexOf(target) + step))]?.focus();
  };
  const toNumber = (line: DiffLine, number: number | null): ReactNode => {
    const place = toPlace(line);
    return (
      <button
        type="button"
        data-line={toKey(place)}
        tabIndex={isReached(place) ? 0 : -1}
        aria-describedby={hint}
        title={g.comments.hint}
        onFocus={() => setActive(toKey(place))}
        onClick={() => setOpen(place)}
        className="w-full cursor-pointer px-2 text-right text-muted outline-offset-[-2px] hover:bg-hover hover:text-accent"
      >
        {number}
      </button>
    );
  };
  const toBoxes = (line: DiffLine, columns: number): ReactNode => {
    const place = toPlace(line);
    const comment = own.find((each) => isSameLine(each, { path, ...place }));
    const isOpen = open !== null && toKey(open) === toKey(place);
    if (comment === undefined && !isOpen) return null;
    return (
      <tr>
        <td colSpan={columns} className="p-0">
          <CommentBox
            line={place.line}
            comment={comment}
            isOpen={isOpen}
            onOpen={() => setOpen(place)}
            onClose={() => close(place)}
            onSave={(text) => {
              comments.put({ path, ...place, quote: line.text, text });
              close(place);
            }}
            onRemove={() => {
              if (comment !== undefined) comments.remove(comment);
              close(place);
            }}
          />
        </td>
      </tr>
    );
  };
  /** A press that ends the selection of some text is none on the line. */
  const pressLine = (line: DiffLine) => () => {
    if (globalThis.getSelection()?.isCollapsed !== false) setOpen(toPlace(line));
  };

  return (
    <div ref={root} onKeyDown={onKeyDown} role="presentation">
      <span id={hint} hidden>
        {g.comments.hint}
      </span>
      {shown.map((hunk, index) => (
        <table
          key={index}
          className={clsx(
            'code-text w-full border-collapse',
            split && 'table-fixed',
            index > 0 && 'border-t border-line',
          )}
        >
          <tbody>
            {split
              ? toPairs(hunk.lines).map(({ left, right }, at) => (
                  <Fragment key={at}>
                    <tr>
                      {/* A line that is the same on both sides takes comments on the right. */}
                      <Half line={left} onPress={left === right ? undefined : left && pressLine(left)}>
                        {left !== null && (left === right ? left.oldNumber : toNumber(left, left.oldNumber))}
                      </Half>
                      <Half line={right} onPress={right && pressLine(right)}>
                        {right !== null && toNumber(right, right.newNumber)}
                      </Half>
                    </tr>
                    {left !== null && left !== right && toBoxes(left, 4)}
                    {right !== null && toBoxes(right, 4)}
                  </Fragment>
                ))
              : hunk.lines.map((line, at) => (
                  <Fragment key={at}>
                    <tr className={tones[line.sign]}>
                      <td className="w-px whitespace-nowrap select-none">
                        {toNumber(line, line.newNumber ?? line.oldNumber)}
                      </td>
                      <td className={clsx('w-px px-1 select-none', signTones[line.sign])}>{toSign(line.sign)}</td>
                      <td className="pr-3 whitespace-pre" onClick={pressLine(line)}>
                        {line.text === '' ? ' ' : line.text}
                      </td>
                    </tr>
                    {toBoxes(line, 3)}
                  </Fragment>
                ))}
          </tbody>
        </table>
      ))}
    </div>
  );
}

interface HalfProps {
  line: DiffLine | null;
  onPress: (() => void) | null | undefined;
  /** The number. */
  children: ReactNode;
}

function Half({ line, onPress, children }: HalfProps) {
  const tone = line === null ? 'bg-bg' : tones[line.sign];
  return (
    <>
      <td className={clsx('w-12 text-right align-top text-muted select-none', tone)}>{children}</td>
      <td className={clsx('pr-2 align-top wrap-anywhere whitespace-pre-wrap', tone)} onClick={onPress ?? undefined}>
        {line !== null && (
          <>
            <span className={clsx('select-none', signTones[line.sign])}>{toSign(line.sign)} </span>
            {line.text}
          </>
        )}
      </td>
    </>
  );
}

function toPlace({ sign, oldNumber, newNumber }: DiffLine): Place {
  return sign === '-' ? { side: 'old', line: oldNumber ?? 0 } : { side: 'new', line: newNumber ?? 0 };
}

function toKey({ side, line }: Place): string {
  return `${side}:${line}`;
}
