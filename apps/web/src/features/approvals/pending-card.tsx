import { lazy, Suspense } from 'react';

import type { ToolItem } from '../../session/items.ts';
import { ApprovalCard } from './approval-card.tsx';
import { PlanCard } from './plan-card.tsx';
import { QuestionCard } from './question-card.tsx';

const ElicitationCard = lazy(() =>
  import('./elicitation-card.tsx').then((module) => ({ default: module.ElicitationCard })),
);

/** The card of what waits for a person: an approval, a plan, questions, or what an MCP server asks. */
export function PendingCard({ tool }: { tool: ToolItem }) {
  if (tool.elicitation !== null)
    return (
      <Suspense fallback={null}>
        <ElicitationCard tool={tool} elicitation={tool.elicitation} />
      </Suspense>
    );
  if (tool.name === 'AskUserQuestion' && tool.server === null) return <QuestionCard tool={tool} />;
  if (tool.name === 'ExitPlanMode' && tool.server === null) return <PlanCard tool={tool} />;
  return <ApprovalCard tool={tool} />;
}
