import { Map as MapIcon } from 'lucide-react';
import { useId, useState } from 'react';

import { Markdown } from '../../markdown/markdown.tsx';
import { t } from '../../messages/index.ts';
import type { ToolItem } from '../../session/items.ts';
import { Button } from '../../ui/button.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { JsonView } from '../tools/json-view.tsx';
import { readText } from '../tools/tool-values.ts';
import { AnswerProblem } from './answer-problem.tsx';
import { CardHead } from './card-head.tsx';
import { useAnswer } from './use-answer.ts';

/** A plan that a person approves, or returns to the agent with a comment. */
export function PlanCard({ tool }: { tool: ToolItem }) {
  const answer = useAnswer(tool.id);
  const [message, setMessage] = useState('');
  const { question } = useUnsaved(message.trim() !== '' && !answer.busy);
  const id = useId();
  const plan = readText(tool.input, 'plan');
  return (
    <div className="flex min-h-0 flex-col flat:flex-row">
      <div
        className="min-h-0 overflow-y-auto px-4 pt-3 flat:flex-1 flat:pb-3"
        tabIndex={0}
        role="group"
        aria-labelledby={`${id}-heading`}
      >
        <div className="mb-2">
          <CardHead id={`${id}-heading`} Icon={MapIcon}>
            {t.approvals.plan.heading}
          </CardHead>
        </div>
        {plan === '' ? <JsonView value={tool.input} /> : <Markdown text={plan} id={`${tool.id}:plan`} />}
      </div>
      <div className="shrink-0 px-4 pt-2 pb-3 flat:w-64 flat:pt-3 flat:pl-0">
        <AnswerProblem problem={answer.problem} />
        <label htmlFor={id} className="mb-1 block text-sm font-semibold">
          {t.approvals.reasonLabel}
        </label>
        <input
          id={id}
          value={message}
          maxLength={2000}
          onChange={(event) => setMessage(event.target.value)}
          className="tap mb-2 h-9 w-full rounded-sm border border-control bg-bg px-3 text-lg md:text-base"
        />
        <div className="flex flex-wrap gap-2 max-md:[&>button]:flex-1">
          <Button look="primary" busy={answer.busy} onClick={() => answer.give({ result: 'allow', scope: 'once' })}>
            {t.approvals.plan.approve}
          </Button>
          <Button
            busy={answer.busy}
            onClick={() =>
              answer.give({ result: 'deny', ...(message.trim() !== '' && { deny_message: message.trim() }) })
            }
          >
            {t.approvals.plan.reject}
          </Button>
        </div>
      </div>
      {question}
    </div>
  );
}
