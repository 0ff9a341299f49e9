import { useCallback } from 'react';

import { useServices } from '../../services/services.ts';
import { useLoaded } from '../../services/use-loaded.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { LineRows } from './line-rows.tsx';
import { r } from './review-messages.ts';
import { toTextRows } from './to-line-rows.ts';
import type { ReviewedPlugin } from './use-review.ts';

/** How one file was changed, which is asked for when this is shown. */
export function FileChange({ of, path }: { of: ReviewedPlugin; path: string }) {
  const { api } = useServices();
  const { name, version } = of;
  const load = useCallback(() => api.plugins.reviewFile(name, version, path), [api, name, version, path]);
  const { value, problem, reload } = useLoaded(load);
  if (problem !== null) return <Trouble text={r.fileFailed} problem={problem} onRetry={reload} />;
  if (value === null)
    return (
      <p role="status" className="text-sm text-muted">
        {r.loadingFile}
      </p>
    );
  const { diff, why_not: whyNot } = value;
  if (diff === null) return <p className="text-sm text-muted">{r.whyNot[whyNot ?? 'binary']}</p>;
  if (diff.hunks.length === 0) return <p className="text-sm text-muted">{r.sameLines}</p>;
  return (
    <div className="flex flex-col gap-1">
      <LineRows rows={toTextRows(of, diff)} label={r.textOf(path)} labels="number" />
      {diff.left_off > 0 && <p className="text-sm text-muted">{r.leftOff(diff.left_off)}</p>}
    </div>
  );
}
