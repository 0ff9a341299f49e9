import { t } from '../../messages/index.ts';
import type { Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';

/** What failed, why, and a way to try again. */
export function Trouble(props: { text: string; problem: Problem | null; onRetry?: () => void }) {
  return (
    <div role="alert" className="flex items-center justify-between gap-3 rounded-sm bg-bad-soft px-3 py-2 text-sm">
      <p className="min-w-0">
        {props.text} {props.problem?.message}
        {props.problem?.requestId != null && (
          <span className="block text-xs text-muted">{t.app.requestId(props.problem.requestId)}</span>
        )}
      </p>
      {props.onRetry !== undefined && (
        <Button size="small" onClick={props.onRetry}>
          {t.app.retry}
        </Button>
      )}
    </div>
  );
}
