import type { PluginProblemResource } from '@claude-sdk-pattern/protocol';

import { ApiError } from '../../api/api-error.ts';
import { toProblem } from '../../session/problem.ts';
import { t as app } from '../../messages/index.ts';
import { FaultDetails } from './fault-details.tsx';
import { ProblemList } from './problem-list.tsx';

/** Why the server refused something: what is wrong with the plugin, where it says so, or else its message. */
export function FailureView({ error }: { error: unknown }) {
  const problems = findProblems(error);
  const output = findOutput(error);
  const { message, requestId } = toProblem(error);
  return (
    <div role="alert" className="rounded-sm bg-bad-soft px-3 py-2 text-sm">
      {problems.length > 0 ? <ProblemList problems={problems} /> : <p className="wrap-anywhere">{message}</p>}
      {output !== null && <FaultDetails remedy={null} output={output} />}
      {requestId !== null && <p className="mt-1 text-xs text-muted">{app.app.requestId(requestId)}</p>}
    </div>
  );
}

/** The plugins of a marketplace of which one has to be named; empty where the server refused something else. */
export function findChoices(error: unknown): readonly string[] {
  return findProblems(error).find(({ choices }) => choices !== undefined)?.choices ?? [];
}

function findProblems(error: unknown): readonly PluginProblemResource[] {
  const problems = error instanceof ApiError ? error.details['problems'] : undefined;
  return Array.isArray(problems) ? (problems as PluginProblemResource[]) : [];
}

/** What a program said, such as npm. */
function findOutput(error: unknown): string | null {
  const output = error instanceof ApiError ? error.details['output'] : undefined;
  return typeof output === 'string' && output !== '' ? output : null;
}
