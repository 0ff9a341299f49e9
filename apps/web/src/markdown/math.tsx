import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react';

import { useOverflow } from '../ui/use-overflow.ts';
import type { Typesetter } from './typeset.ts';

/** Kept after the first load, so that a formula that is rendered again does not show its source first. */
let known: Typesetter | null = null;

export interface FormulaProps {
  tex: string;
  raw: string;
  display: boolean;
}

/** A formula. It shows its source until the typesetter is loaded, and if the formula cannot be parsed. */
export const Formula = memo(function Formula({ tex, raw, display }: FormulaProps) {
  const [loaded, setLoaded] = useState(() => known);
  useEffect(() => {
    if (loaded !== null) return;
    import('./typeset.ts').then(
      (module) => {
        known = module.typeset;
        setLoaded(() => module.typeset);
      },
      // If the typesetter cannot be loaded, the source stays.
      () => {},
    );
  }, [loaded]);
  if (loaded === null) return <Source raw={raw} display={display} />;
  return <Typeset key={tex} typeset={loaded} tex={tex} raw={raw} display={display} />;
});

function Typeset({ typeset: draw, tex, raw, display }: FormulaProps & { typeset: Typesetter }) {
  const place = useRef<HTMLSpanElement>(null);
  const [failed, setFailed] = useState(false);
  const { overflows, before, after } = useOverflow(place);
  useLayoutEffect(() => {
    if (place.current !== null && !draw(place.current, tex, display)) setFailed(true);
  }, [draw, tex, display]);
  if (failed) return <Source raw={raw} display={display} />;
  if (!display) return <span ref={place} dir="ltr" />;
  return (
    <span className="edge-shade block" {...(before && { 'data-before': '' })} {...(after && { 'data-after': '' })}>
      <span
        ref={place}
        dir="ltr"
        className="block overflow-x-auto overflow-y-hidden py-1"
        {...(overflows && { tabIndex: 0 })}
      />
    </span>
  );
}

function Source({ raw, display }: { raw: string; display: boolean }) {
  return <code className={display ? 'my-3 block whitespace-pre-wrap' : undefined}>{raw.trim()}</code>;
}
