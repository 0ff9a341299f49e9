import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react';

import { useOverflow } from '../ui/use-overflow.ts';
import type { Typesetter } from './typeset.ts';

/** Kept once it has come, so that formulas that are drawn again do not show their source first. */
let known: Typesetter | null = null;

export interface FormulaProps {
  tex: string;
  raw: string;
  display: boolean;
}

/** A formula, typeset as soon as the typesetter has come; until then, and where it cannot be read, as it was written. */
export const Formula = memo(function Formula({ tex, raw, display }: FormulaProps) {
  const [loaded, setLoaded] = useState(() => known);
  useEffect(() => {
    if (loaded !== null) return;
    import('./typeset.ts').then(
      (module) => {
        known = module.typeset;
        setLoaded(() => module.typeset);
      },
      // The source is good enough when the typesetter cannot be loaded.
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
