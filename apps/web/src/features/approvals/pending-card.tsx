import type { ToolItem } from '../../session/items.ts';
import { ApprovalCard } from './approval-card.tsx';
import { ElicitationCard } from './elicitation-card.tsx';
import { PlanCard } from './plan-card.tsx';
import { QuestionCard } from './question-card.tsx';

/** The card of what waits for a person: an approval, a plan, questions, or what an MCP server asks. */
export function PendingCard({ tool }: { tool: ToolItem }) {
  if (tool.elicitation !== null) return <ElicitationCard tool={tool} elicitation={tool.elicitation} />;
  if (tool.name === 'AskUserQuestion' && tool.server === null) return <QuestionCard tool={tool} />;
  if (tool.name === 'ExitPlanMode' && tool.server === null) return <PlanCard tool={tool} />;
  return <ApprovalCard tool={tool} />;
}
