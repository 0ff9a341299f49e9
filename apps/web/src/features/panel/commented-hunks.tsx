import { clsx } from 'clsx';
import { Fragment, useId, useMemo, useRef, type ComponentProps, type MouseEvent, type ReactNode } from 'react';

import { toPairs, type DiffHunk, type DiffLine } from '../tools/diff-hunks.ts';
import { cutHunks, toSign } from '../tools/diff-view.tsx';
import { CommentBox } from './comment-box.tsx';
import { isSameLine, toQuoted, useDiffComments, type DiffComment } from './diff-comments.ts';
import { g } from './git-messages.ts';
import { linesOf, toKey, toOneLine, toPlace, widen, type LineRange, type Place } from './line-range.ts';
import { usePickedLines } from './use-picked-lines.ts';

interface CommentedHunksProps {
  path: string;
  hunks: readonly DiffHunk[];
  split: boolean;
  max: number;
}

const tones = { '+': 'bg-ok-soft', '-': 'bg-bad-soft', ' ': '' };
const signTones = { '+': 'text-ok', '-': 'text-bad', ' ': 'text-muted' };
const PICKED = 'bg-accent-soft';

/** The lines of a difference, each with its comment; a press on a line or its number opens a box for one, also on several lines. */
export function CommentedHunks({ path, hunks, split, max }: CommentedHunksProps) {
  const comments = useDiffComments();
  const root = useRef<HTMLDivElement>(null);
  const hint = useId();
  const shown = useMemo(() => ({ hunks: cutHunks(hunks, max), split }), [hunks, max, split]);
  const first = useMemo(() => shown.hunks.flatMap(({ lines }) => lines).map(toPlace)[0], [shown]);
  const picked = usePickedLines(shown, root);
  /** What was written in the open box, which moves with the last line of the range; null before anything was. */
  const written = useRef<string | null>(null);
  const own = comments.all.filter((each) => each.path === path);
  const reached = picked.active ?? first;

  const edit = (comment: DiffComment) => {
    written.current = null;
    picked.open(toRangeOf(comment));
  };
  const press = (place: Place, event: MouseEvent) => {
    const comment = own.find((each) => isSameLine(each, { path, ...place }));
    if (comment !== undefined && !event.shiftKey) edit(comment);
    else picked.press(place, event);
  };
  const close = (place: Place) => {
    written.current = null;
    picked.close(place);
  };
  const toNumber = (line: DiffLine, number: number | null): ReactNode => {
    const place = toPlace(line);
    return (
      <button
        type="button"
        data-line={toKey(place)}
        tabIndex={reached !== undefined && toKey(reached) === toKey(place) ? 0 : -1}
        aria-describedby={hint}
        title={g.comments.hint}
        {...picked.numberProps(place)}
        onClick={(event) => press(place, event)}
        className="w-full cursor-pointer px-2 text-right text-muted outline-offset-[-2px] hover:bg-hover hover:text-accent"
      >
        {number}
      </button>
    );
  };
  const toBoxes = (line: DiffLine, columns: number): ReactNode => {
    const place = toPlace(line);
    const comment = own.find((each) => isSameLine(each, { path, ...place }));
    const opened = picked.opened !== null && toKey(picked.opened.to) === toKey(place) ? picked.opened : null;
    if (comment === undefined && opened === null) return null;
    const range = opened ?? (comment === undefined ? toOneLine(place) : toRangeOf(comment));
    const wider = opened && widen(shown, opened);
    return (
      <tr>
        <td colSpan={columns} className="p-0">
          <CommentBox
            {...{ range, written, comment }}
            isOpen={opened !== null}
            onWiden={wider && (() => picked.open(wider))}
            onOpen={() => comment !== undefined && edit(comment)}
            onClose={() => close(place)}
            onSave={(text) => {
              comments.put({ path, ...place, ...toQuoted(linesOf(shown, range)), text });
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
  const toneOf = (line: DiffLine) => (picked.isPicked(toPlace(line)) ? PICKED : tones[line.sign]);
  const textProps = (line: DiffLine) => ({
    // With Shift, the browser would select the text between.
    onMouseDown: (event: MouseEvent) => event.shiftKey && event.preventDefault(),
    /** A press that ends the selection of some text is none on the line. */
    onClick: (event: MouseEvent) => {
      if (globalThis.getSelection()?.isCollapsed !== false) press(toPlace(line), event);
    },
  });

  return (
    <div ref={root} onKeyDown={picked.onKeyDown} role="presentation">
      <span id={hint} hidden>
        {g.comments.hint}
      </span>
      {shown.hunks.map((hunk, index) => (
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
                      <Half
                        line={left}
                        tone={left && toneOf(left)}
                        text={left === right ? undefined : left && textProps(left)}
                      >
                        {left !== null && (left === right ? left.oldNumber : toNumber(left, left.oldNumber))}
                      </Half>
                      <Half line={right} tone={right && toneOf(right)} text={right && textProps(right)}>
                        {right !== null && toNumber(right, right.newNumber)}
                      </Half>
                    </tr>
                    {left !== null && left !== right && toBoxes(left, 4)}
                    {right !== null && toBoxes(right, 4)}
                  </Fragment>
                ))
              : hunk.lines.map((line, at) => (
                  <Fragment key={at}>
                    <tr className={toneOf(line)}>
                      <td className="w-px whitespace-nowrap select-none">
                        {toNumber(line, line.newNumber ?? line.oldNumber)}
                      </td>
                      <td className={clsx('w-px px-1 select-none', signTones[line.sign])}>{toSign(line.sign)}</td>
                      <td className="pr-3 whitespace-pre" {...textProps(line)}>
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
  tone: string | null;
  /** What a press on its text does. */
  text: Pick<ComponentProps<'td'>, 'onClick' | 'onMouseDown'> | null | undefined;
  /** The number. */
  children: ReactNode;
}

function Half({ line, tone: given, text, children }: HalfProps) {
  const tone = given ?? 'bg-bg';
  return (
    <>
      <td className={clsx('w-12 text-right align-top text-muted select-none', tone)}>{children}</td>
      <td className={clsx('pr-2 align-top wrap-anywhere whitespace-pre-wrap', tone)} {...text}>
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

function toRangeOf({ from, side, line }: DiffComment): LineRange {
  const to = { side, line };
  return { from: from ?? to, to };
}
