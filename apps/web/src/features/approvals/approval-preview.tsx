import { useEffect, useMemo } from 'react';

import { t } from '../../messages/index.ts';
import type { ToolItem } from '../../session/items.ts';
import { countHidden } from '../../ui/visible-parts.ts';
import { categoryOf } from '../tools/describe-tool.ts';
import { readText } from '../tools/tool-values.ts';
import { ReviewBox } from './review-box.tsx';
import { toReview } from './review-rows.ts';

export interface ApprovalPreviewProps {
  tool: ToolItem;
  label: string;
  /** The preview is on screen and can be read. */
  onShown: () => void;
  /** Whether a folded part of the preview has to be shown before the call can be allowed. */
  onFolded: (folded: boolean) => void;
  onEndSeen: () => void;
}

/** The full effect of a tool call. */
export function ApprovalPreview({ tool, label, onShown, onFolded, onEndSeen }: ApprovalPreviewProps) {
  const review = useMemo(() => toReview(tool), [tool]);
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
