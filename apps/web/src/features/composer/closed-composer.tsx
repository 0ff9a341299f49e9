import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';

/** How many characters of a draft are shown that cannot be sent; the copy button copies all of it. */
const SHOWN_CHARS = 20_000;

export interface ClosedComposerProps {
  because: string;
  draft: string;
  reopen: { label: string; run: () => void } | undefined;
}

/**
 * Replaces the composer where nothing can be sent. It says why, shows the draft, and offers the action that opens the
 * session again.
 */
export function ClosedComposer({ because, draft, reopen }: ClosedComposerProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-2 rounded-lg border border-line bg-surface px-4 py-2.5">
      <p className="text-muted">{because}</p>
      {draft.trim() !== '' && (
        <div className="order-last flex w-full items-start gap-2 border-t border-line pt-2">
          <p className="max-h-40 min-w-0 flex-1 overflow-y-auto wrap-anywhere whitespace-pre-wrap">
            <span className="text-muted">{t.composer.keptDraft}</span> {draft.slice(0, SHOWN_CHARS)}
          </p>
          <CopyButton text={draft} label={t.composer.copyDraft} className="shrink-0" />
        </div>
      )}
      {reopen !== undefined && <Button onClick={reopen.run}>{reopen.label}</Button>}
    </div>
  );
}
