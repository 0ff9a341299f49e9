import { t } from '../../messages/index.ts';
import type { Problem } from '../../session/problem.ts';

/** Says what did not reach the server, by default an answer. The buttons stay, so that a person can try again. */
export function AnswerProblem({ problem, text = t.approvals.failed }: { problem: Problem | null; text?: string }) {
  if (problem === null) return null;
  return (
    <p role="alert" className="mb-2 rounded-sm bg-bad-soft px-3 py-2 text-sm text-bad">
      {text} {problem.message}
    </p>
  );
}
