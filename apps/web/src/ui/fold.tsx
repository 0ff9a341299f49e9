import { useRef, type ReactNode } from 'react';

import { chat } from '../messages/chat.ts';
import { useDisclosure } from './disclosure.ts';
import { useHiddenLines } from './use-hidden-lines.ts';

/** Cuts a content of more than `max` lines to a window that can be opened. */
export function Fold(props: { foldKey: string; lines: number; max: number; children: ReactNode }) {
  const [open, setOpen] = useDisclosure(`fold:${props.foldKey}`, false);
  const box = useRef<HTMLDivElement>(null);
  const folds = props.lines > props.max + 2;
  // The number of lines in the text is not enough: a line may take several lines on screen, and a very long text is not
  // rendered as a whole.
  const hidden = useHiddenLines(box, folds && !open) ?? props.lines - props.max;
  if (!folds) return props.children;
  return (
    <>
      <div
        ref={box}
        className={open ? undefined : 'overflow-hidden'}
        style={open ? undefined : { maxHeight: props.max * 26 }}
      >
        {props.children}
      </div>
      {(open || hidden > 0) && (
        <button
          type="button"
          aria-expanded={open}
          className="tap mt-1 text-sm font-semibold text-accent hover:underline"
          onClick={() => setOpen(!open)}
        >
          {open ? chat.transcript.showLess : chat.transcript.showMore(chat.tools.lines(hidden))}
        </button>
      )}
    </>
  );
}
