import type { ReactNode } from 'react';

import { chat } from '../../messages/chat.ts';
import type { ToolItem } from '../../session/items.ts';
import { FailureText } from './failure-text.tsx';
import { JsonView } from './json-view.tsx';
import { LongOutput } from './long-output.tsx';
import { nameImageFiles } from './name-image-files.ts';
import { ResultImages } from './result-images.tsx';

/** The card for tools without a card of their own, mostly MCP tools: input and output in readable form. */
export function JsonBody({ item }: { item: ToolItem }) {
  const parsed = item.status === 'done' ? parseJson(item.output ?? '') : undefined;
  return (
    <div className="flex flex-col gap-3">
      {Object.keys(item.input).length > 0 && (
        <Part title={chat.tools.input}>
          <JsonView value={item.input} />
        </Part>
      )}
      {item.status !== 'failed' && item.output !== null && (
        <Part title={chat.tools.output}>
          {parsed !== undefined ? (
            <JsonView value={parsed} />
          ) : item.output === '' ? (
            <p className="text-sm text-muted">{chat.tools.noOutput}</p>
          ) : (
            <LongOutput text={item.images.length > 0 ? nameImageFiles(item.output) : item.output} outputKey={item.id} />
          )}
        </Part>
      )}
      <ResultImages item={item} />
      <FailureText item={item} />
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <p className="mb-1 text-xs font-semibold text-muted">{title}</p>
      {children}
    </div>
  );
}

/** Only objects and lists; a single word or number is shown as text. */
function parseJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
