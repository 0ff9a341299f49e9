import { chat } from '../../messages/chat.ts';
import { languageOfPath } from '../../markdown/language-of-path.ts';
import type { ToolItem } from '../../session/items.ts';
import { CodeWindow } from './code-window.tsx';
import { readPatch } from './diff-hunks.ts';
import { DiffView } from './diff-view.tsx';
import { isUnchanged } from './edit-body.tsx';
import { FailureText } from './failure-text.tsx';
import { FileLink } from './file-link.tsx';
import { readText } from './tool-values.ts';

/** A file that the agent wrote: the difference if the file existed before, else its text. */
export function WriteBody({ item }: { item: ToolItem }) {
  const path = readText(item.input, 'file_path');
  const patch = readPatch(item.structured);
  const created = readText(item.structured, 'type') === 'create';
  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm wrap-anywhere text-muted">
        <FileLink item={item} />
        {created && <> · {chat.tools.created}</>}
      </p>
      <FailureText item={item} />
      {isUnchanged(item) && <p className="text-sm font-semibold">{chat.tools.notApplied}</p>}
      {patch.length > 0 ? (
        <DiffView hunks={patch} diffKey={item.id} />
      ) : (
        <CodeWindow
          sign="+"
          code={readText(item.input, 'content')}
          language={languageOfPath(path)}
          from={1}
          windowKey={item.id}
        />
      )}
    </div>
  );
}
