import type { PluginReviewResource } from '@claude-sdk-pattern/protocol';
import { useMemo } from 'react';

import type { Loaded } from '../../services/use-loaded.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { countHidden } from '../../ui/visible-parts.ts';
import { r } from './review-messages.ts';

/** That a review is being made, why it cannot be shown, or that it has characters which nobody would see. */
export function ReviewStatus({ review: { value, problem, reload } }: { review: Loaded<PluginReviewResource> }) {
  const hidden = useMemo(() => (value === null ? 0 : countInReview(value)), [value]);
  if (problem !== null) return <Trouble text={r.failed} problem={problem} onRetry={reload} />;
  if (value === null)
    return (
      <p role="status" className="text-sm text-muted">
        {r.loading}
      </p>
    );
  return hidden === 0 ? null : <p className="text-sm font-semibold text-warn">{r.hidden(hidden)}</p>;
}

function countInReview({ parts, grants, settings, files }: PluginReviewResource): number {
  const values = (list: readonly { field: string; before: string | null; after: string | null }[]) =>
    list.flatMap(({ field, before, after }) => [field, after ?? before ?? '']);
  const texts = [
    ...parts.flatMap(({ name, definition, text }) => [
      ...[name, ...values(definition)],
      ...(text?.hunks.flatMap(({ lines }) => lines) ?? []),
    ]),
    ...grants.map(({ value }) => value),
    ...values(settings),
    ...(files?.data.map(({ path }) => path) ?? []),
  ];
  return texts.reduce((sum, text) => sum + countHidden(text), 0);
}
