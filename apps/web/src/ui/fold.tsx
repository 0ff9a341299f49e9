import type { ReactNode } from 'react';

import { t } from '../messages/index.ts';
import { useDisclosure } from './disclosure.ts';

/** Cuts what is longer than `max` lines to a window that can be opened. */
export function Fold(props: { foldKey: string; lines: number; max: number; children: ReactNode }) {
  const [open, setOpen] = useDisclosure(`fold:${props.foldKey}`, false);
  if (props.lines <= props.max + 2) return props.children;
  return (
    <>
      <div className={open ? undefined : 'overflow-hidden'} style={open ? undefined : { maxHeight: props.max * 26 }}>
        {props.children}
      </div>
      <button
        type="button"
        aria-expanded={open}
        className="tap mt-1 text-sm font-semibold text-accent hover:underline"
        onClick={() => setOpen(!open)}
      >
        {open ? t.transcript.showLess : t.transcript.showMore(t.tools.lines(props.lines - props.max))}
      </button>
    </>
  );
}
