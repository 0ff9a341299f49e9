import type { ToolItem } from '../../session/items.ts';
import { ApprovalCard } from './approval-card.tsx';
import { PlanCard } from './plan-card.tsx';
import { QuestionCard } from './question-card.tsx';

/** The card of a call that waits for a person: an approval, a plan or questions. */
export function PendingCard({ tool }: { tool: ToolItem }) {
  if (tool.name === 'AskUserQuestion' && tool.server === null) return <QuestionCard tool={tool} />;
  if (tool.name === 'ExitPlanMode' && tool.server === null) return <PlanCard tool={tool} />;
  return <ApprovalCard tool={tool} />;
}
