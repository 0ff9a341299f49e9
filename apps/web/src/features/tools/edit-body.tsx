import { useMemo } from 'react';

import { chat } from '../../messages/chat.ts';
import type { ToolItem } from '../../session/items.ts';
import { computeHunks } from './compute-hunks.ts';
import { readPatch, type Hunk } from './diff-hunks.ts';
import { DiffView } from './diff-view.tsx';
import { FailureText } from './failure-text.tsx';
import { FileLink } from './file-link.tsx';
import { isRecord, readList, readText } from './tool-values.ts';

/** A change of a file: the change that was made, or the change that is proposed. */
export function EditBody({ item }: { item: ToolItem }) {
  const hunks = useMemo(() => {
    const patch = readPatch(item.structured);
    return patch.length > 0 ? patch : proposedHunks(item.input);
  }, [item.structured, item.input]);
  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm wrap-anywhere text-muted">
        <FileLink item={item} />
      </p>
      <FailureText item={item} />
      {isUnchanged(item) && hunks.length > 0 && <p className="text-sm font-semibold">{chat.tools.notApplied}</p>}
      {hunks.length > 0 && <DiffView hunks={hunks} diffKey={item.id} />}
    </div>
  );
}

/** Whether the call has ended without changing the file. */
export function isUnchanged({ status }: ToolItem): boolean {
  return status === 'failed' || status === 'denied' || status === 'stopped' || status === 'notRun';
}

function proposedHunks(input: ToolItem['input']): readonly Hunk[] {
  const edits = readList(input, 'edits');
  const pairs = edits.length > 0 ? edits.filter(isRecord) : [input];
  return pairs.flatMap((pair) => {
    const before = readText(pair, 'old_string');
    const after = readText(pair, 'new_string');
    return (
      computeHunks(before, after) ?? [{ oldStart: 1, newStart: 1, lines: [...sign('-', before), ...sign('+', after)] }]
    );
  });
}

function sign(mark: string, text: string): string[] {
  return text.split('\n').map((line) => `${mark}${line}`);
}
