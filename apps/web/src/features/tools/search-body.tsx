import { chat } from '../../messages/chat.ts';
import type { ToolItem } from '../../session/items.ts';
import { FailureText } from './failure-text.tsx';
import { LongOutput } from './long-output.tsx';
import { readNumber, readText, readTexts } from './tool-values.ts';

const OPTIONS = ['path', 'glob', 'type', 'output_mode'] as const;

/** A search: the pattern, the folder, and the results. */
export function SearchBody({ item }: { item: ToolItem }) {
  const names = readTexts(item.structured, 'filenames');
  const content = readText(item.structured, 'content');
  const found = content !== '' ? content : names.length > 0 ? names.join('\n') : (item.output ?? '');
  // If the output contains the lines themselves, it counts lines and gives 0 as the number of files.
  const matches = readNumber(item.structured, content === '' ? 'numMatches' : 'numLines');
  const files = content === '' ? readNumber(item.structured, 'numFiles') : null;
  const options = OPTIONS.map((key) => [key, readText(item.input, key)] as const).filter(([, value]) => value !== '');
  return (
    <div className="flex flex-col gap-2">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-sm">
        <dt className="text-muted">pattern</dt>
        <dd className="font-mono wrap-anywhere">{readText(item.input, 'pattern')}</dd>
        {options.map(([key, value]) => (
          <div key={key} className="contents">
            <dt className="text-muted">{key}</dt>
            <dd className="font-mono wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
      {item.status === 'done' && (
        <p className="text-sm text-muted">
          {files === 0
            ? chat.tools.noMatches
            : [matches === null ? null : chat.tools.matches(matches), files === null ? null : chat.tools.files(files)]
                .filter((part) => part !== null)
                .join(' · ')}
        </p>
      )}
      {item.status === 'done' && found !== '' && files !== 0 && <LongOutput text={found} outputKey={item.id} />}
      <FailureText item={item} />
    </div>
  );
}
