import { Brain, ChevronRight } from 'lucide-react';
import { clsx } from 'clsx';

import { useConnection } from '../../services/services.ts';
import { chat } from '../../messages/chat.ts';
import { Markdown } from '../../markdown/markdown.tsx';
import type { ThinkingItem } from '../../session/items.ts';
import { formatDuration } from '../../ui/format.ts';
import { useNow } from '../../ui/use-now.ts';
import { useDisclosure } from '../../ui/disclosure.ts';

/** A shorter time would read "0.0 s" or tell nothing. */
const WORTH_TELLING_MS = 100;

/** A thinking block: one line with its duration, and its text on demand. */
export function ThinkingRow({ item, dense = false }: { item: ThinkingItem; dense?: boolean }) {
  const [open, setOpen] = useDisclosure(item.id, false);
  const live = useConnection((connection) => connection.state === 'live');
  const now = useNow(1000, item.streaming && live);
  const label = item.streaming
    ? `${chat.transcript.thinking} · ${formatDuration(now - item.at)}`
    : item.durationMs === null || item.durationMs < WORTH_TELLING_MS
      ? chat.transcript.thoughtUntimed
      : chat.transcript.thought(formatDuration(item.durationMs, true));
  return (
    <div className={dense ? undefined : 'pb-3'}>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="tap flex items-center gap-2 rounded-sm py-1 pr-2 text-sm text-muted hover:text-text"
      >
        <Brain size={14} aria-hidden className={clsx('shrink-0', item.streaming && 'anim-pulse')} />
        <span className="nums">{label}</span>
        <ChevronRight
          size={13}
          aria-hidden
          className={clsx('transition-transform duration-120', open && 'rotate-90')}
        />
      </button>
      {open && (
        <div className="mt-1 ml-[7px] border-l-2 border-line pl-4 text-muted [&_.prose]:text-base [&_.prose]:leading-[22px]">
          {item.text === '' ? (
            <p className="text-sm">{chat.transcript.noThinkingText}</p>
          ) : (
            <Markdown text={item.text} id={`${item.id}:thinking`} />
          )}
        </div>
      )}
    </div>
  );
}
