import { ArrowDown } from 'lucide-react';
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type Ref,
} from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';

import { useServices } from '../../services/services.ts';
import { chat } from '../../messages/chat.ts';
import { t } from '../../messages/index.ts';
import { buildRows, type Row } from '../../session/build-rows.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import { findOutgoing } from '../../session/session-state.ts';
import { Button } from '../../ui/button.tsx';
import { SendingMessage } from '../composer/sending-message.tsx';
import { RowContext } from '../tools/row-context.ts';
import { findFirstNew } from './find-first-new.ts';
import { findKeptRows } from './find-kept-rows.ts';
import { alignRows, type AlignedRows } from './align-rows.ts';
import { BranchingFailure, RewoundNote } from './branching-notes.tsx';
import { PlaceContext } from './place-context.ts';
import { LinkedMessage } from './linked-message.tsx';
import { RowView } from './row-view.tsx';
import { useOpenPreviews } from './use-open-previews.ts';
import { useStickToBottom } from './use-stick-to-bottom.ts';
import { useTranscriptKeys } from './use-transcript-keys.ts';

export interface TranscriptHandle {
  toBottom: () => void;
}

/**
 * Older events load when the first loaded row is about three screens away, so that a scrolling reader does not have to
 * wait for them.
 */
const LOAD_OLDER_PX = 2400;

/** The conversation: a virtual list that follows new rows only while the reader is at its end. */
export function Transcript({ ref, newAfterSeq }: { ref?: Ref<TranscriptHandle>; newAfterSeq: number | null }) {
  const session = useSessionStore();
  const view = useSession((state) => state.view);
  const older = useSession((state) => state.older);
  const outgoing = useSession(findOutgoing);
  const rows = useMemo(() => buildRows(view), [view]);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const { stuck, toBottom, letGo } = useStickToBottom(scroller, content, rows);
  const place = useMemo(() => ({ letGo, toBottom }), [letGo, toBottom]);
  useImperativeHandle(ref, () => ({ toBottom }), [toBottom]);
  useTranscriptKeys({ scroller, list, rows, toBottom, letGo });

  const aligned = useAlignedRows(rows);
  const editing = useSession((state) => state.editing);
  const previews = useOpenPreviews();
  const keepMounted = useMemo(() => {
    const edited = aligned.rows.findIndex(({ key }) => key === editing);
    const kept = findKeptRows(aligned.rows, previews).filter((index) => index !== edited);
    return edited === -1 ? kept : [...kept, edited].toSorted((a, b) => a - b);
  }, [aligned.rows, editing, previews]);
  const me = useServices().bootstrap.user.id;
  const newCount = useNewCount(rows, stuck);
  const newSinceKey = useMemo(() => findFirstNew(rows, newAfterSeq, me), [rows, newAfterSeq, me]);
  const maybeLoadOlder = useCallback(() => {
    if ((scroller.current?.scrollTop ?? 0) < LOAD_OLDER_PX) void session.loadOlder();
  }, [session]);
  useEffect(() => {
    // If the first page does not fill the screen, no scroll event will load the next.
    if (older === 'available') maybeLoadOlder();
  }, [older, maybeLoadOlder, rows]);

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <div
        ref={scroller}
        role="region"
        aria-label={chat.transcript.label}
        tabIndex={0}
        data-transcript=""
        className="min-h-0 flex-1 overflow-x-hidden overflow-y-auto overscroll-contain [overflow-anchor:none] scroll-pb-11 focus-visible:outline-offset-[-2px]"
        onScroll={older === 'available' ? maybeLoadOlder : undefined}
      >
        <div ref={content} className="mx-auto w-full max-w-[792px] px-4 pt-4 pb-6">
          <h2 className="sr-only">{chat.transcript.label}</h2>
          <LinkedMessage rows={rows} scroller={scroller} list={list} letGo={letGo} />
          <OlderNotice older={older} onRetry={() => void session.loadOlder()} />
          <RowContext value={RowView}>
            <PlaceContext value={place}>
              <Virtualizer
                ref={list}
                scrollRef={scroller}
                data={aligned.rows}
                shift={aligned.shift}
                bufferSize={400}
                keepMounted={keepMounted}
              >
                {(row) => (
                  <div key={row.key} data-row={row.key} tabIndex={-1} className="rounded-sm outline-offset-4">
                    {row.key === newSinceKey && <NewSince />}
                    <RowView row={row} />
                  </div>
                )}
              </Virtualizer>
            </PlaceContext>
          </RowContext>
          <RewoundNote />
          <BranchingFailure />
          {outgoing !== null && <SendingMessage message={outgoing} />}
        </div>
      </div>
      {!stuck && (
        // The transcript keeps its height below the bar, so that no row moves when the bar comes or goes.
        <div className="absolute inset-x-0 bottom-0 flex justify-center border-t border-line bg-bg py-1.5">
          <button
            type="button"
            onClick={toBottom}
            className="tap flex h-7 items-center gap-1.5 rounded-full border border-control bg-raised px-3 text-sm font-semibold hover:bg-surface"
          >
            <ArrowDown size={14} aria-hidden />
            {newCount > 0 ? chat.transcript.latestNew(newCount) : chat.transcript.latest}
          </button>
        </div>
      )}
    </div>
  );
}

/** The same height in every state, so that the rows below do not move. */
function OlderNotice({ older, onRetry }: { older: 'none' | 'available' | 'loading' | 'failed'; onRetry: () => void }) {
  const [wasThere, setWasThere] = useState(false);
  if (older !== 'none' && !wasThere) setWasThere(true);
  if (older === 'none') {
    return wasThere ? <p className="h-11 py-3 text-center text-sm text-muted">{chat.transcript.beginning}</p> : null;
  }
  if (older === 'failed') {
    return (
      <div role="alert" className="flex h-11 items-center justify-center gap-3 text-sm text-muted">
        {chat.transcript.olderFailed}
        <Button size="small" onClick={onRetry}>
          {t.app.retry}
        </Button>
      </div>
    );
  }
  return <p className="h-11 py-3 text-center text-sm text-muted">{chat.transcript.loadingOlder}</p>;
}

function NewSince() {
  return (
    <div
      className="mb-4 flex items-center gap-3 text-xs font-semibold text-accent"
      role="separator"
      aria-label={chat.transcript.newSince}
    >
      <span className="h-px flex-1 bg-accent" />
      {chat.transcript.newSince}
      <span className="h-px flex-1 bg-accent" />
    </div>
  );
}

/** The rows for the list. If rows were added at both ends, they are rendered in two steps. */
function useAlignedRows(rows: readonly Row[]): AlignedRows<Row> {
  const drawn = useRef<readonly Row[]>([]);
  const [, drawRest] = useState<readonly Row[]>(rows);
  const aligned = alignRows(drawn.current, rows);
  useLayoutEffect(() => {
    drawn.current = aligned.rows;
    // A layout effect runs before the screen is painted.
    if (aligned.rows.length < rows.length) drawRest(aligned.rows);
  }, [aligned.rows, rows]);
  return aligned;
}

/** How many rows were added since the reader left the end. */
function useNewCount(rows: readonly Row[], stuck: boolean): number {
  const [leftAt, setLeftAt] = useState<string | null>(null);
  const lastKey = rows.at(-1)?.key ?? null;
  useEffect(() => {
    setLeftAt(stuck ? null : lastKey);
    // The effect stores the last row at the moment the reader leaves the end; later rows must not change it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [stuck]);
  if (stuck || leftAt === null) return 0;
  const at = rows.findLastIndex((row) => row.key === leftAt);
  return at === -1 ? 0 : rows.length - 1 - at;
}
