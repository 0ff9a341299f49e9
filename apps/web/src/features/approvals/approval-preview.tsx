import { useEffect, useMemo } from 'react';

import { t } from '../../messages/index.ts';
import type { ToolItem } from '../../session/items.ts';
import { countHidden } from '../../ui/visible-parts.ts';
import { categoryOf } from '../tools/describe-tool.ts';
import type { Hunk } from '../tools/diff-hunks.ts';
import { readText } from '../tools/tool-values.ts';
import { ReviewBox } from './review-box.tsx';
import { toReview } from './review-rows.ts';
import { useFileChanges } from './use-file-changes.ts';

export interface ApprovalPreviewProps {
  tool: ToolItem;
  label: string;
  /** The preview is on screen and can be read. */
  onShown: () => void;
  /** Whether a folded part of the preview has to be shown before the call can be allowed. */
  onFolded: (folded: boolean) => void;
  onEndSeen: () => void;
}

/** The full effect of a tool call; of writing over a file, what changes in it. */
export function ApprovalPreview(props: ApprovalPreviewProps) {
  const known = useFileChanges(props.tool);
  if (known === null) return <p className="mx-4 mt-2 text-sm text-muted">{t.app.loading}</p>;
  return <Effect {...props} changes={known.hunks} remark={known.remark} />;
}

interface EffectProps extends ApprovalPreviewProps {
  changes: readonly Hunk[] | null;
  remark: string | null;
}

function Effect({ tool, changes, remark, label, onShown, onFolded, onEndSeen }: EffectProps) {
  const review = useMemo(() => toReview(tool, changes), [tool, changes]);
  const hidden = useMemo(() => countHidden(`${readText(tool.input, 'file_path')}${review.text}`), [tool, review]);
  useEffect(onShown, [onShown]);
  const category = categoryOf(tool);
  const isEmpty = Object.keys(tool.input).length === 0;
  useEffect(() => {
    if (isEmpty) onEndSeen();
  }, [isEmpty, onEndSeen]);
  if (isEmpty) return <p className="mx-4 mt-2 shrink-0 text-sm text-muted">{t.approvals.noInput}</p>;
  return (
    <>
      {hidden > 0 && (
        <p className="mx-4 mt-2 shrink-0 text-sm font-semibold text-warn">{t.approvals.hiddenCharacters(hidden)}</p>
      )}
      {remark !== null && <p className="mx-4 mt-2 shrink-0 text-sm text-muted">{remark}</p>}
      <ReviewBox
        review={review}
        label={label}
        prompt={category === 'command'}
        // Writing a file runs nothing, and a person can read the file afterwards.
        whole={category !== 'write' && category !== 'edit'}
        onFolded={onFolded}
        onEndSeen={onEndSeen}
      />
    </>
  );
}
