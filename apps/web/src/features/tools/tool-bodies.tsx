import type { ToolItem } from '../../session/items.ts';
import { categoryOf } from './describe-tool.ts';
import { AppBody } from './mcp-app/app-body.tsx';
import { BashBody } from './bash-body.tsx';
import { EditBody } from './edit-body.tsx';
import { JsonBody } from './json-body.tsx';
import { PlanBody } from './plan-body.tsx';
import { QuestionBody } from './question-body.tsx';
import { ReadBody } from './read-body.tsx';
import { SearchBody } from './search-body.tsx';
import { SubagentBody } from './subagent-body.tsx';
import { TaskBody } from './task-body.tsx';
import { TodoBody } from './todo-body.tsx';
import { WebBody } from './web-body.tsx';
import { WriteBody } from './write-body.tsx';

/** Chooses the card of a tool. A tool without a card of its own is shown as readable JSON. */
export function ToolBodies({ item }: { item: ToolItem }) {
  switch (categoryOf(item)) {
    case 'command':
      return item.name === 'Bash' ? <BashBody item={item} /> : <JsonBody item={item} />;
    case 'read':
      return item.name === 'Read' ? <ReadBody item={item} /> : <JsonBody item={item} />;
    case 'edit':
      return item.name === 'NotebookEdit' ? <JsonBody item={item} /> : <EditBody item={item} />;
    case 'write':
      return <WriteBody item={item} />;
    case 'search':
      return item.name === 'Glob' || item.name === 'Grep' ? <SearchBody item={item} /> : <JsonBody item={item} />;
    case 'resource':
      return <JsonBody item={item} />;
    case 'web':
      return <WebBody item={item} />;
    case 'todo':
      if (item.name === 'TodoWrite') return <TodoBody item={item} />;
      return item.name === 'TaskCreate' || item.name === 'TaskUpdate' ? (
        <TaskBody item={item} />
      ) : (
        <JsonBody item={item} />
      );
    case 'agent':
      return <SubagentBody item={item} />;
    case 'question':
      return <QuestionBody item={item} />;
    case 'plan':
      return <PlanBody item={item} />;
    case 'other':
      return item.app === null ? <JsonBody item={item} /> : <AppBody item={item} app={item.app} />;
  }
}
