import type { WorkspaceTrustReview } from '@claude-sdk-pattern/protocol';
import { ShieldCheck, ShieldQuestion, X } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

import { useSession } from '../../session/session-context.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { t } from './messages.ts';
import { useTrust } from './use-trust.ts';

const TrustDialog = lazy(() => import('./trust-dialog.tsx').then((module) => ({ default: module.TrustDialog })));

/** For the owner of a session: that its workspace brings what could run, and the way to review it. */
export function TrustOffer() {
  const [review, setReview, lookAgain] = useTrust();
  const [dismissed, dismiss] = useDismissed(review?.session_id ?? '');
  const [open, setOpen] = useState(false);
  const [trusted, setTrusted] = useState<{ digest: string; turns: number } | null>(null);
  const turns = useSession(({ view }) => view.turns.length);
  if (review === null) return null;
  const asking = review.places.filter(({ state }) => state === 'untrusted' || state === 'changed');
  // The message after it has started with it.
  if (trusted?.digest === review.digest && trusted.turns === turns && asking.length === 0)
    return <Trusted onClose={() => setTrusted(null)} />;
  if (!open && (asking.length === 0 || dismissed === review.digest)) return null;
  return (
    <>
      {asking.length > 0 && (
        <div
          role="status"
          className="mb-1 flex flex-wrap items-center gap-x-2 gap-y-1 rounded-sm border border-line bg-surface py-1 pr-1 pl-3 text-sm"
        >
          <ShieldQuestion size={14} aria-hidden className="shrink-0 text-muted" />
          <p className="min-w-0 flex-1 basis-56 wrap-anywhere">
            {t.brings(
              t.counts(countOf(asking)),
              asking.some(({ repository_url: url }) => url !== null),
            )}{' '}
            <span className="text-muted">{asking.some(({ state }) => state === 'changed') ? t.changed : t.notRun}</span>
          </p>
          <div className="ml-auto flex items-center">
            <Button size="small" look="quiet" onClick={() => setOpen(true)}>
              {t.review}
            </Button>
            <IconButton size="small" label={t.dismiss} onClick={() => dismiss(review.digest)}>
              <X size={14} aria-hidden />
            </IconButton>
          </div>
        </div>
      )}
      {open && (
        <Suspense fallback={null}>
          <TrustDialog
            review={review}
            onClose={(isDismissed) => {
              setOpen(false);
              if (isDismissed) dismiss(review.digest);
            }}
            onTrusted={(next) => {
              setReview(next);
              setTrusted({ digest: next.digest, turns });
            }}
            onLookAgain={lookAgain}
          />
        </Suspense>
      )}
    </>
  );
}

/** Until it is closed, or the workspace brings something else. */
function Trusted({ onClose }: { onClose: () => void }) {
  return (
    <div
      role="status"
      className="mb-1 flex items-center gap-2 rounded-sm border border-line bg-surface py-1 pr-1 pl-3 text-sm"
    >
      <ShieldCheck size={14} aria-hidden className="shrink-0 text-ok" />
      <p className="min-w-0 flex-1 wrap-anywhere">{t.done}</p>
      <IconButton size="small" label={t.close} onClick={onClose}>
        <X size={14} aria-hidden />
      </IconButton>
    </div>
  );
}

function countOf(places: WorkspaceTrustReview['places']): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, runs } of places.flatMap(({ items }) => items)) if (runs) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Which content this tab does not want to be asked about again. */
function useDismissed(sessionId: string): [string | null, (digest: string) => void] {
  const name = `csp.trust-offer.${sessionId}`;
  const [dismissed, setDismissed] = useState<string | null>(null);
  return [
    dismissed ?? sessionStorage.getItem(name),
    (digest) => {
      sessionStorage.setItem(name, digest);
      setDismissed(digest);
    },
  ];
}
