import type { SignInResource } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { formatAgo } from '../../ui/format.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { describeBrowser } from '../../services/describe-browser.ts';

/** The browsers in which the user is signed in, and a button that signs out each of the others. */
export function SignIns() {
  const { api, announcer } = useServices();
  const [list, setList] = useState<readonly SignInResource[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const load = useCallback(() => {
    api.listSignIns().then(
      (page) => {
        setList(page.data);
        setProblem(null);
      },
      (error: unknown) => setProblem(toProblem(error)),
    );
  }, [api]);
  useEffect(load, [load]);

  const end = async (ended: () => Promise<void>, said: string) => {
    try {
      await ended();
      announcer.say(said);
      load();
    } catch (error) {
      setProblem(toProblem(error));
    }
  };
  const now = Date.now();
  return (
    <>
      {problem !== null && (
        <div className="mx-4 mt-2">
          <Trouble text={t.settings.devicesFailed} problem={problem} onRetry={load} />
        </div>
      )}
      <ul>
        {list?.map((each) => {
          const browser = describeBrowser(each.user_agent) ?? t.settings.deviceUnknown;
          return (
            <li key={each.id} className="flex items-center gap-3 border-t border-line px-4 py-2 first:border-t-0">
              <div className="min-w-0 flex-1">
                <p className="font-semibold wrap-anywhere">{browser}</p>
                <p className="nums text-sm wrap-anywhere text-muted">
                  {each.address !== '' && `${each.address} · `}
                  {t.settings.deviceSince(formatAgo(each.created_at, now))}
                </p>
              </div>
              {each.current ? (
                <span className="shrink-0 text-sm font-semibold text-ok">{t.settings.deviceThis}</span>
              ) : (
                <Button
                  size="small"
                  aria-label={`${t.settings.deviceEnd}: ${browser}, ${each.address}`}
                  onClick={() => void end(() => api.endSignIn(each.id), t.settings.deviceDone)}
                >
                  {t.settings.deviceEnd}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {list?.some(({ current }) => !current) === true && (
        <div className="border-t border-line px-4 py-3">
          <Button onClick={() => void end(api.endOtherSignIns, t.settings.devicesDone)}>{t.settings.devicesEnd}</Button>
        </div>
      )}
    </>
  );
}
