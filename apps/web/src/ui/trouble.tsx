import { t } from '../messages/index.ts';
import { Button } from './button.tsx';

interface TroubleProps {
  text: string;
  problem: { message: string; requestId: string | null } | null;
  onRetry?: (() => void) | undefined;
}

/** What failed, why, and a way to try again. */
export function Trouble(props: TroubleProps) {
  return (
    <div role="alert" className="flex items-center justify-between gap-3 rounded-sm bg-bad-soft px-3 py-2 text-sm">
      <p className="min-w-0 wrap-anywhere">
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
