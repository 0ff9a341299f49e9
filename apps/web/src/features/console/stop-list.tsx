import type { StopResource } from '@claude-sdk-pattern/protocol';
import { OctagonPause } from 'lucide-react';
import { useState } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { formatAgo } from '../../ui/format.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { useNow } from '../../ui/use-now.ts';
import { t } from './messages.ts';

const MINUTE_MS = 60_000;
const toTitle = ({ scope, name, target_id: id }: StopResource) => t.stops.scopes[scope].title(name ?? id ?? '');

/** What is stopped now, with who and why, and the way to lift it. */
export function StopList({ stops }: { stops: readonly StopResource[] }) {
  const { api, announcer } = useServices();
  const now = useNow(MINUTE_MS, true);
  const [asked, setAsked] = useState<StopResource | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const lift = async (id: string) => {
    setAsked(null);
    setFailure(null);
    try {
      await api.console.lift(id);
      announcer.say(t.stops.lifted);
    } catch (error) {
      setFailure(toProblem(error));
    }
  };
  return (
    <>
      {failure !== null && <Trouble text={t.stops.failed} problem={failure} />}
      <ul className="flex flex-col gap-2">
        {stops.map((stop) => (
          <li
            key={stop.id}
            className="flex flex-wrap items-center gap-3 rounded-md border border-bad bg-bad-soft px-4 py-3"
          >
            <OctagonPause size={18} aria-hidden className="shrink-0 text-bad" />
            <div className="min-w-0 flex-1 basis-60">
              <p className="font-semibold wrap-anywhere">{toTitle(stop)}</p>
              <p className="text-sm wrap-anywhere">
                {stop.reason}{' '}
                <span className="text-muted">
                  ({t.stops.by(stop.created_by.name ?? t.stops.somebody, formatAgo(stop.created_at, now))})
                </span>
              </p>
            </div>
            <Button aria-label={t.stops.liftOf(toTitle(stop))} onClick={() => setAsked(stop)}>
              {stop.scope === 'node' ? t.stops.resume : t.stops.lift}
            </Button>
          </li>
        ))}
      </ul>
      {asked !== null && (
        <ConfirmDialog
          title={t.stops.liftTitle}
          help={`${toTitle(asked)}. ${t.stops.liftHelp}`}
          confirm={asked.scope === 'node' ? t.stops.resume : t.stops.lift}
          onClose={() => setAsked(null)}
          onConfirm={() => void lift(asked.id)}
        />
      )}
    </>
  );
}
