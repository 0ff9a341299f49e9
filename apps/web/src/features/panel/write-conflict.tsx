import type { WorkspaceFile } from '@claude-sdk-pattern/protocol';
import { useEffect, useMemo, useRef } from 'react';

import { Button } from '../../ui/button.tsx';
import { computeHunks } from '../tools/compute-hunks.ts';
import { toDiffHunks } from '../tools/diff-hunks.ts';
import { HunkList } from '../tools/diff-view.tsx';
import { f } from './file-messages.ts';

const MAX_LINES = 1500;

export interface WriteConflictProps {
  mine: string;
  /** Null where the file is gone. */
  theirs: WorkspaceFile | null;
  onMine: () => void;
  onTheirs: () => void;
  onBack: () => void;
}

/** What a person's text would change in the file that somebody else has written meanwhile, and what to do about it. */
export function WriteConflict({ mine, theirs, onMine, onTheirs, onBack }: WriteConflictProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const c = f.editor.conflict;
  const text = theirs?.text ?? '';
  const hunks = useMemo(() => computeHunks(text, mine), [text, mine]);
  return (
    <>
      <div className="shrink-0 border-b border-line bg-warn-soft px-4 py-2">
        <h4 ref={heading} tabIndex={-1} className="font-semibold text-warn outline-none">
          {theirs === null ? f.editor.deleted : c.title}
        </h4>
        <p className="text-sm">{mine === text ? c.same : c.help}</p>
      </div>
      <div role="group" aria-label={c.help} tabIndex={0} className="min-h-0 flex-1 overflow-auto outline-offset-[-2px]">
        {hunks === null ? (
          <p className="px-4 py-3 text-sm text-muted">{c.tooBig}</p>
        ) : (
          <HunkList hunks={toDiffHunks(hunks)} split={false} max={MAX_LINES} />
        )}
      </div>
      <div className="flex shrink-0 flex-wrap justify-end gap-2 border-t border-line px-2 py-2">
        <Button size="small" onClick={onBack}>
          {c.back}
        </Button>
        {theirs !== null && (
          <Button size="small" onClick={onTheirs}>
            {c.theirs}
          </Button>
        )}
        <Button size="small" look="danger" onClick={onMine}>
          {theirs === null ? f.editor.saveAnyway : c.mine}
        </Button>
      </div>
    </>
  );
}
