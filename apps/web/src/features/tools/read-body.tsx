import { chat } from '../../messages/chat.ts';
import { languageOfPath } from '../../markdown/language-of-path.ts';
import type { ToolItem } from '../../session/items.ts';
import { CodeWindow } from './code-window.tsx';
import { FailureText } from './failure-text.tsx';
import { FileLink } from './file-link.tsx';
import { JsonView } from './json-view.tsx';
import { ResultImages } from './result-images.tsx';
import { isRecord, readNumber, readText } from './tool-values.ts';

/** A file that the agent read: its text with line numbers, or the image. */
export function ReadBody({ item }: { item: ToolItem }) {
  const path = readText(item.input, 'file_path');
  const file = isRecord(item.structured) ? item.structured['file'] : undefined;
  const type = readText(item.structured, 'type');
  const told = type === 'text' && isRecord(file) ? readText(file, 'content') : null;
  const text = told ?? (item.status === 'done' ? stripLineNumbers(item.output ?? '') : '');
  const from = readNumber(file, 'startLine') ?? readNumber(item.input, 'offset') ?? 1;
  const total = readNumber(file, 'totalLines');
  const count = readNumber(file, 'numLines');
  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm wrap-anywhere text-muted">
        <FileLink item={item} />
        {total !== null && count !== null && count < total && (
          <> · {chat.tools.linesFrom(from, from + count - 1, total)}</>
        )}
      </p>
      {type === 'image' && item.images.length === 0 && isRecord(file) && (
        <img
          alt={path}
          src={`data:${readText(file, 'type')};base64,${readText(file, 'base64')}`}
          className="max-h-96 self-start rounded-sm border border-line"
        />
      )}
      {type === 'notebook' && isRecord(file) && <JsonView value={file['cells']} />}
      {text !== '' && <CodeWindow code={text} language={languageOfPath(path)} from={from} windowKey={item.id} />}
      <ResultImages item={item} />
      <FailureText item={item} />
    </div>
  );
}

/** Claude Code puts line numbers into the text of a file that it reads: `    12→text`. */
function stripLineNumbers(text: string): string {
  const withoutReminder = text.replace(/\n*<system-reminder>[\s\S]*?<\/system-reminder>\s*$/, '');
  return withoutReminder
    .split('\n')
    .map((line) => line.replace(/^\s*\d+[→\t]/, ''))
    .join('\n');
}
