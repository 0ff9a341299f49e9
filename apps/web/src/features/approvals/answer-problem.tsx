import { t } from '../../messages/index.ts';
import type { Problem } from '../../session/problem.ts';

/** Says that an answer did not reach the server. The buttons stay, so that a person can try again. */
export function AnswerProblem({ problem }: { problem: Problem | null }) {
  if (problem === null) return null;
  return (
    <p role="alert" className="mb-2 rounded-sm bg-bad-soft px-3 py-2 text-sm text-bad">
      {t.approvals.failed} {problem.message}
    </p>
  );
}
