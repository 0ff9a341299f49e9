import { useState } from 'react';

import { useServices } from '../../services/services.ts';
import { useLoaded } from '../../services/use-loaded.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { formatAgo } from '../../ui/format.ts';
import { Trouble } from '../../ui/trouble.tsx';

import { t } from './messages.ts';

/** What the user lets run of workspaces, and the way to take it back. */
export function TrustedRepositories() {
  const { api, announcer } = useServices();
  const { value, problem, reload } = useLoaded(api.trust.list);
  const [failure, setFailure] = useState<Problem | null>(null);
  const end = async (id: string) => {
    try {
      await api.trust.end(id);
      announcer.say(t.ended);
      setFailure(null);
    } catch (error) {
      setFailure(toProblem(error));
    }
    reload();
  };
  const shown = failure ?? problem;
  const now = Date.now();
  return (
    <>
      <p className="px-4 pt-3 pb-2 text-sm text-muted">{value?.data.length === 0 ? t.none : t.settingsLead}</p>
      {shown !== null && (
        <div className="mx-4 mb-2">
          <Trouble text={t.listFailed} problem={shown} onRetry={reload} />
        </div>
      )}
      <ul>
        {value?.data.map((each) => {
          const name = each.repository ?? t.session(each.session_id ?? '');
          return (
            <li key={each.id} className="flex items-center gap-3 border-t border-line px-4 py-2">
              <div className="min-w-0 flex-1">
                <p className="font-semibold wrap-anywhere">{name}</p>
                <p className="nums text-sm wrap-anywhere text-muted">
                  {t.counts(each.counts)} · {t.since(formatAgo(each.trusted_at, now))}
                </p>
              </div>
              <Button size="small" aria-label={`${t.end}: ${name}`} onClick={() => void end(each.id)}>
                {t.end}
              </Button>
            </li>
          );
        })}
      </ul>
    </>
  );
}
