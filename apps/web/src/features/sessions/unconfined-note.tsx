import { ShieldAlert } from 'lucide-react';

import { t } from '../../messages/index.ts';

/** Tells operators that agents run without a sandbox, with all rights of the server's user, and why. */
export function UnconfinedNote({ reason }: { reason: string }) {
  return (
    <div className="mb-4 flex gap-3 rounded-md border border-line bg-warn-soft px-4 py-3">
      <ShieldAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-warn" />
      <p className="min-w-0 wrap-anywhere">
        <span className="font-semibold">{t.unconfined.line}</span> {reason}. {t.unconfined.help}
      </p>
    </div>
  );
}
