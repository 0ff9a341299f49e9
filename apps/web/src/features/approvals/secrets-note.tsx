import { KeyRound } from 'lucide-react';

import { t } from '../../messages/index.ts';
import type { ToolSecrets } from '../../session/items.ts';
import { Button } from '../../ui/button.tsx';

export interface SecretsNoteProps {
  secrets: ToolSecrets;
  revealed: boolean;
  onReveal: (revealed: boolean) => void;
}

/** Which secrets a call holds, and the button that shows them in place of their masks. */
export function SecretsNote({ secrets, revealed, onReveal }: SecretsNoteProps) {
  const { places, original } = secrets;
  return (
    <p data-secrets="" className="mt-1 mr-4 ml-4 flex shrink-0 items-center gap-1.5 text-sm text-warn">
      <KeyRound size={13} aria-hidden className="shrink-0" />
      <span className="min-w-0 wrap-anywhere">
        {places.length === 0
          ? t.approvals.secrets.handedOver
          : `${t.approvals.secrets.found(places)}${original === null ? ` ${t.approvals.secrets.kept}` : ''}`}
      </span>
      {original !== null && (
        <Button size="small" look="quiet" aria-pressed={revealed} onClick={() => onReveal(!revealed)}>
          {t.approvals.secrets.reveal}
        </Button>
      )}
    </p>
  );
}
