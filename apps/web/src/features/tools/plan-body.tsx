import { Markdown } from '../../markdown/markdown.tsx';
import type { ToolItem } from '../../session/items.ts';
import { FailureText } from './failure-text.tsx';
import { JsonView } from './json-view.tsx';
import { readText } from './tool-values.ts';

/** The plan that the agent proposes. */
export function PlanBody({ item }: { item: ToolItem }) {
  const plan = readText(item.input, 'plan') || readText(item.structured, 'plan');
  return (
    <div className="flex flex-col gap-2">
      {plan !== '' ? <Markdown text={plan} id={`${item.id}:plan`} /> : <JsonView value={item.input} />}
      <FailureText item={item} />
    </div>
  );
}
