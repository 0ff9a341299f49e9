import { useMemo } from 'react';

import { chat } from '../../messages/chat.ts';
import { Markdown } from '../../markdown/markdown.tsx';
import { buildThreadRows } from '../../session/build-rows.ts';
import type { ToolItem } from '../../session/items.ts';
import { useSession } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { useDisclosure } from '../../ui/disclosure.ts';
import { Fold } from '../../ui/fold.tsx';
import { FailureText } from './failure-text.tsx';
import { useRowView } from './row-context.ts';
import { readList, readText } from './tool-values.ts';

/** A nested transcript is not a virtual list, so it shows its newest rows, and all rows on demand. */
const SHOWN_ROWS = 12;

/** A subagent: its prompt, its work and its answer. */
export function SubagentBody({ item }: { item: ToolItem }) {
  const view = useSession((state) => state.view);
  const RowView = useRowView();
  const rows = useMemo(
    () => (item.childThreadId === null ? [] : buildThreadRows(view, item.childThreadId)),
    [view, item.childThreadId],
  );
  const [all, setAll] = useDisclosure(`thread:${item.id}`, false);
  const shown = all ? rows : rows.slice(-SHOWN_ROWS);
  const prompt = readText(item.input, 'prompt');
  const answer = answerOf(item);
  // The last text of the thread is the answer, so the answer is not shown a second time.
  const repeats = rows.at(-1)?.kind === 'text';
  return (
    <div className="flex flex-col gap-3">
      {prompt !== '' && (
        <section>
          <h3 className="mb-1 text-xs font-semibold text-muted">{chat.tools.subagentPrompt}</h3>
          <Fold
            foldKey={`prompt:${item.id}`}
            lines={Math.ceil(prompt.length / 80) + prompt.split('\n').length - 1}
            max={6}
          >
            <p className="text-sm wrap-anywhere whitespace-pre-wrap">{prompt}</p>
          </Fold>
        </section>
      )}
      {rows.length > 0 && (
        <section>
          <h3 className="mb-1 text-xs font-semibold text-muted">{chat.tools.subagentTranscript}</h3>
          <div className="border-l-2 border-line pl-3 [&_.prose]:text-base [&_.prose]:leading-[22px]">
            {shown.length < rows.length && (
              <Button size="small" look="quiet" className="mb-2 text-accent" onClick={() => setAll(true)}>
                {chat.transcript.showMore(String(rows.length - shown.length))}
              </Button>
            )}
            {shown.map((row) => (
              <RowView key={row.key} row={row} />
            ))}
          </div>
        </section>
      )}
      {answer !== '' && item.status === 'done' && !repeats && (
        <section>
          <h3 className="mb-1 text-xs font-semibold text-muted">{chat.tools.subagentAnswer}</h3>
          <Markdown text={answer} id={`${item.id}:answer`} />
        </section>
      )}
      <FailureText item={item} />
    </div>
  );
}

function answerOf(item: ToolItem): string {
  const blocks = readList(item.structured, 'content')
    .map((block) => readText(block, 'text'))
    .filter((text) => text !== '');
  return blocks.length > 0 ? blocks.join('\n\n') : (item.output ?? '');
}
