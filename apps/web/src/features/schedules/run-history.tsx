import type { DeploymentResource, DeploymentRunResource } from '@claude-sdk-pattern/protocol/v1';
import { useCallback, useEffect, useState } from 'react';
import { Link } from 'wouter';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { formatMoment } from '../../ui/format.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { t } from './messages.ts';

/** The runs of a deployment, newest first, each with its session or why there is none. `version` changes when there are more. */
export function RunHistory({ deployment, version }: { deployment: DeploymentResource; version: number }) {
  const { api } = useServices();
  const { id, name } = deployment;
  const [runs, setRuns] = useState<readonly DeploymentRunResource[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const load = useCallback(
    (page: string | null) => {
      api.deployments.listRuns(id, page).then(
        (loaded) => {
          setRuns((before) => (page === null ? loaded.data : [...(before ?? []), ...loaded.data]));
          setNext(loaded.next_page);
          setProblem(null);
        },
        (error: unknown) => setProblem(toProblem(error)),
      );
    },
    [api, id],
  );
  useEffect(() => load(null), [load, version]);
  return (
    <div className="flex flex-col items-start gap-2 border-t border-line px-4 py-2">
      {problem !== null && <Trouble text="" problem={problem} onRetry={() => load(null)} />}
      {runs?.length === 0 && <p className="text-sm text-muted">{t.noRuns}</p>}
      {runs !== null && runs.length > 0 && (
        <ul aria-label={t.historyOf(name)} className="w-full">
          {runs.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </ul>
      )}
      {next !== null && (
        <Button size="small" onClick={() => load(next)}>
          {t.more}
        </Button>
      )}
    </div>
  );
}

function RunRow({ run }: { run: DeploymentRunResource }) {
  const { trigger_context: trigger } = run;
  const kind = trigger.webhook !== undefined ? 'webhook' : trigger.type;
  const at = trigger.type === 'schedule' ? trigger.scheduled_at : run.created_at;
  return (
    <li className="flex flex-wrap items-center gap-x-3 py-1 text-sm">
      <time dateTime={at} className="nums">
        {formatMoment(Date.parse(at))}
      </time>
      <span className="text-muted">{t.triggers[kind]}</span>
      {run.session_id !== null && (
        <Link
          href={`/sessions/${run.session_id}`}
          className="tap ml-auto inline-flex items-center underline underline-offset-2"
        >
          {t.openSession}
        </Link>
      )}
      {run.error !== null && <span className="w-full wrap-anywhere text-bad md:w-auto">{run.error.message}</span>}
    </li>
  );
}
