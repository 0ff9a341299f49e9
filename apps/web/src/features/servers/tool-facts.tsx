import type { McpToolResource } from '@claude-sdk-pattern/protocol';
import { Eye } from 'lucide-react';

import { VisibleText } from '../../ui/visible-text.tsx';
import { listInputs } from './list-inputs.ts';
import { s } from './messages.ts';

/** What a tool of an MCP server does and takes, in the server's words. */
export function ToolFacts({ tool }: { tool: McpToolResource }) {
  const { description, input_schema: schema, is_read_only: isReadOnly } = tool;
  const inputs = schema === null ? null : listInputs(schema);
  return (
    <div className="flex flex-col gap-1 text-sm">
      {description === null ? (
        <p className="text-muted">{s.noDescription}</p>
      ) : (
        <p className="wrap-anywhere whitespace-pre-wrap">
          <VisibleText text={description} />
        </p>
      )}
      {isReadOnly === true && (
        <p className="inline-flex items-center gap-1.5 text-muted">
          <Eye size={13} aria-hidden className="shrink-0" />
          {s.readOnly}
        </p>
      )}
      {inputs === null || inputs.length === 0 ? (
        <p className="text-muted">{schema === null ? s.longInput : s.noInputs}</p>
      ) : (
        <dl className="grid grid-cols-[minmax(0,auto)_minmax(0,1fr)] gap-x-3 gap-y-1">
          {inputs.map(({ name, type, description: told, isRequired }) => (
            <div key={name} className="contents">
              <dt className="wrap-anywhere">
                <code className="font-mono text-[0.85em]">{name}</code>
              </dt>
              <dd className="min-w-0 wrap-anywhere text-muted">
                {[type, isRequired ? s.required : '', told].filter((part) => part !== '').join(' · ')}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
