import type { PluginTextDiff } from '@claude-sdk-pattern/protocol';
import { useState } from 'react';

import { Button } from '../../ui/button.tsx';
import { FileChange } from './file-change.tsx';
import { LineRows } from './line-rows.tsx';
import { r } from './review-messages.ts';
import type { ReviewedPlugin } from './use-review.ts';
import { isInstall, toTextRows } from './to-line-rows.ts';

interface TextChangeProps {
  of: ReviewedPlugin;
  name: string;
  file: string | null;
  text: PluginTextDiff;
}

/** How a text was changed, line by line. Of a long one more can be loaded. */
export function TextChange({ of, name, file, text }: TextChangeProps) {
  const [whole, setWhole] = useState(false);
  if (whole && file !== null) return <FileChange of={of} path={file} />;
  return (
    <div className="flex flex-col gap-1">
      <LineCounts of={of} text={text} />
      <LineRows rows={toTextRows(of, text)} label={r.textOf(name)} labels="number" />
      {text.left_off > 0 && (
        <p className="flex flex-wrap items-center gap-x-3 text-sm text-muted">
          {r.leftOff(text.left_off)}
          {file !== null && (
            <Button size="small" onClick={() => setWhole(true)}>
              {r.wholeFile}
            </Button>
          )}
        </p>
      )}
    </div>
  );
}

function LineCounts({ of, text: { added, removed } }: Pick<TextChangeProps, 'of' | 'text'>) {
  if (isInstall(of)) return <p className="nums text-xs text-muted">{r.lines(added)}</p>;
  return (
    <p className="nums text-xs">
      <span aria-hidden className="font-semibold text-ok">
        +{added}
      </span>{' '}
      <span aria-hidden className="font-semibold text-bad">
        −{removed}
      </span>
      <span className="sr-only">
        {r.addedLines(added)}, {r.removedLines(removed)}
      </span>
    </p>
  );
}
