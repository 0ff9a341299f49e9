import { useEffect, useState } from 'react';

import { chat } from '../../../messages/chat.ts';
import { Button } from '../../../ui/button.tsx';
import { VisibleText } from '../../../ui/visible-text.tsx';
import type { RunningRequest } from './use-app-frame.ts';

/** Most requests are answered sooner, and nothing shall flicker. */
const SHOWN_AFTER_MS = 700;

/** What the server of an app works on for it, once that takes a while. */
export function RunningBar({ running: { tool, stop }, isStill }: { running: RunningRequest; isStill: boolean }) {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (isStill) return undefined;
    const timer = setTimeout(() => setLong(true), SHOWN_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isStill]);
  const words = chat.tools.app;
  if (!isLong) return null;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <p role="status" className="min-w-0 text-sm wrap-anywhere text-muted">
        <VisibleText text={tool === null ? words.reading : words.calling(tool)} />
      </p>
      <Button size="small" onClick={stop}>
        {words.stop}
      </Button>
    </div>
  );
}
