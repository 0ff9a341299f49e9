import { clsx } from 'clsx';
import { ChevronRight, Layers } from 'lucide-react';

import { chat } from '../../messages/chat.ts';
import type { WorkItem } from '../../session/build-rows.ts';
import type { ToolItem } from '../../session/items.ts';
import { formatDuration } from '../../ui/format.ts';
import { useDisclosure } from '../../ui/disclosure.ts';
import { ThinkingRow } from './thinking-row.tsx';
import { describeDoing, summarizeTools } from './describe-tool.ts';
import { ToolCard } from './tool-card.tsx';
import { ToolStatusMark } from './tool-status-mark.tsx';

/** Several tool calls in one line. Calls that failed or wait for approval are shown below it; the others on demand. */
export function WorkGroup({ groupKey, items, live }: { groupKey: string; items: readonly WorkItem[]; live: boolean }) {
  const [open, setOpen] = useDisclosure(`group:${groupKey}`, false);
  const tools = items.filter((item): item is ToolItem => item.kind === 'tool');
  const failed = tools.filter((tool) => tool.status === 'failed').length;
  const running = tools.findLast((tool) => tool.status === 'running');
  const asks = tools.some((tool) => tool.status === 'asking');
  const ran = tools.some((tool) => tool.status === 'done' || tool.status === 'failed');
  const shown = open ? items : items.filter((item) => item.kind === 'tool' && needsEye(item));
  const showsLive = live && running !== undefined && !asks;
  if (tools.length === 1 || (!ran && !showsLive)) {
    return (
      <div className="flex flex-col gap-1 pb-3">
        {items.map((item) =>
          item.kind === 'tool' ? (
            <ToolCard key={item.id} item={item} behind={asks} />
          ) : (
            <ThinkingRow key={item.id} item={item} dense />
          ),
        )}
      </div>
    );
  }
  return (
    <div className="pb-3">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="tap flex min-h-9 w-full items-center gap-2 rounded-md border border-line bg-raised px-3 py-1.5 text-left hover:bg-hover"
      >
        <Layers size={14} aria-hidden className="shrink-0 text-muted" />
        <span className="min-w-0 truncate text-sm font-semibold">
          {showsLive ? describeDoing(running) : summarizeTools(tools)}
        </span>
        <span className="nums ml-auto flex shrink-0 items-center gap-2 pl-2 text-xs text-muted">
          {showsLive && <span>{chat.tools.steps(tools.length)}</span>}
          {failed > 0 && !open && <span className="font-semibold text-bad">{chat.tools.failedCount(failed)}</span>}
          {!showsLive && <span>{formatDuration(spanOf(tools), true)}</span>}
          {showsLive && <ToolStatusMark status="running" />}
          <ChevronRight
            size={14}
            aria-hidden
            className={clsx('transition-transform duration-120', open && 'rotate-90')}
          />
        </span>
      </button>
      {shown.length > 0 && (
        <div className="mt-1.5 ml-[9px] flex flex-col gap-1.5 border-l-2 border-line pl-3">
          {shown.map((item) =>
            item.kind === 'tool' ? (
              <ToolCard key={item.id} item={item} behind={asks} />
            ) : (
              <ThinkingRow key={item.id} item={item} dense />
            ),
          )}
        </div>
      )}
    </div>
  );
}

function needsEye(tool: ToolItem): boolean {
  return tool.status === 'failed' || tool.status === 'asking' || tool.status === 'program' || tool.status === 'denied';
}

/** The time from the first call to the last result, in milliseconds, without the time spent waiting for a person. */
function spanOf(tools: readonly ToolItem[]): number {
  const from = Math.min(...tools.map((tool) => tool.workedFrom));
  const to = Math.max(...tools.map((tool) => tool.workedTo ?? tool.workedFrom));
  return to - from;
}
