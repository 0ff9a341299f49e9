import type { ToolItem } from '../../session/items.ts';
import { CommandText } from '../tools/command-text.tsx';
import { categoryOf } from '../tools/describe-tool.ts';
import { EditBody } from '../tools/edit-body.tsx';
import { JsonView } from '../tools/json-view.tsx';
import { readText } from '../tools/tool-values.ts';
import { WriteBody } from '../tools/write-body.tsx';

/** All of what a tool call would do. */
export function ApprovalPreview({ tool }: { tool: ToolItem }) {
  switch (categoryOf(tool)) {
    case 'command': {
      const description = readText(tool.input, 'description');
      if (readText(tool.input, 'command') === '') return <JsonView value={tool.input} />;
      return (
        <>
          {description !== '' && <p className="mb-1.5 text-sm text-muted">{description}</p>}
          <CommandText command={readText(tool.input, 'command')} whole />
        </>
      );
    }
    case 'edit':
      return tool.name === 'NotebookEdit' ? <JsonView value={tool.input} /> : <EditBody item={tool} />;
    case 'write':
      return <WriteBody item={tool} />;
    default:
      return <JsonView value={tool.input} />;
  }
}
