import { splitBlocks, type MarkdownBlock } from '../markdown/split-blocks.ts';
import { foldNotices } from './fold-notices.ts';
import type {
  CompactedItem,
  ErrorItem,
  Item,
  NoticeItem,
  ReportItem,
  RestartedItem,
  TextItem,
  ThinkingItem,
  ToolItem,
  UserItem,
} from './items.ts';
import type { PreviewView, SessionView, TurnView } from './session-view.ts';

export type WorkItem = ToolItem | ThinkingItem;

/** One entry of the virtual list. A long answer becomes several rows, so that only its visible part is rendered. */
export type Row =
  | { kind: 'user'; key: string; item: UserItem; turnNumber: number | null }
  | { kind: 'report'; key: string; item: ReportItem; turnNumber: number | null }
  | { kind: 'waiting'; key: string; item: UserItem }
  | {
      kind: 'text';
      key: string;
      item: TextItem;
      blocks: readonly MarkdownBlock[];
      first: boolean;
      last: boolean;
      opensTurn: boolean;
    }
  | { kind: 'work'; key: string; items: readonly WorkItem[]; live: boolean; opensTurn: boolean }
  | { kind: 'thinking'; key: string; item: ThinkingItem; opensTurn: boolean }
  /** Several are told in one line. */
  | { kind: 'notice'; key: string; items: readonly NoticeItem[] }
  | { kind: 'error'; key: string; item: ErrorItem }
  | { kind: 'compacted'; key: string; item: CompactedItem }
  | { kind: 'restarted'; key: string; item: RestartedItem }
  | { kind: 'turn-end'; key: string; turn: TurnView; latest: boolean };

/** Blocks of an answer share a row up to about this many lines. */
const LINES_PER_ROW = 60;
/** These tools always have a row of their own and are never grouped. */
const STANDALONE_TOOLS: ReadonlySet<string> = new Set(['Agent', 'Task', 'AskUserQuestion', 'ExitPlanMode']);

const turnCache = new WeakMap<TurnView, readonly Row[]>();

/** All rows of the session's own agent, oldest first; rows of turns that did not change keep their identity. */
export function buildRows(view: SessionView): readonly Row[] {
  const rows: Row[] = [];
  view.turns.forEach((turn, index) => {
    const latest = index === view.turns.length - 1;
    rows.push(...(latest ? buildTurnRows(view, turn, true) : cachedTurnRows(view, turn)));
  });
  for (const id of view.waitingIds) {
    const item = view.items.get(id);
    if (item?.kind === 'user') rows.push({ kind: 'waiting', key: id, item });
  }
  return rows;
}

/** Rows of a subagent's thread. */
export function buildThreadRows(view: SessionView, threadId: string): readonly Row[] {
  const thread = view.threads.get(threadId);
  if (thread === undefined) return [];
  const items = thread.itemIds.flatMap((id) => view.items.get(id) ?? []);
  return toRows([...items, ...previewItems(view, threadId)], null, false);
}

function cachedTurnRows(view: SessionView, turn: TurnView): readonly Row[] {
  const known = turnCache.get(turn);
  if (known !== undefined) return known;
  const rows = buildTurnRows(view, turn, false);
  turnCache.set(turn, rows);
  return rows;
}

function buildTurnRows(view: SessionView, turn: TurnView, latest: boolean): readonly Row[] {
  // The note at the end of a conversation that was rewound tells it.
  const noted = view.rewound?.files?.eventId;
  const items = turn.itemIds.flatMap((id) => (id === noted ? [] : (view.items.get(id) ?? [])));
  const live = latest ? previewItems(view, null) : [];
  const rows = toRows([...items, ...live], turn.number, latest && view.activity === 'running');
  if (turn.summary !== null) rows.push({ kind: 'turn-end', key: `end:${turn.id}`, turn, latest });
  return rows;
}

function toRows(items: readonly Item[], turnNumber: number | null, live: boolean): Row[] {
  const rows: Row[] = [];
  let opensTurn = true;
  let run: WorkItem[] = [];
  const notices = foldNotices(items);
  const endRun = (atEnd: boolean) => {
    if (run.length === 0) return;
    rows.push(...toWorkRows(run, live && atEnd, opensTurn));
    opensTurn = false;
    run = [];
  };
  for (const item of items) {
    // It is told by an earlier row, so it ends no group of calls.
    if (item.kind === 'notice' && !notices.has(item.id)) continue;
    if (item.kind === 'thinking' || (item.kind === 'tool' && !standsAlone(item))) {
      run.push(item);
      continue;
    }
    endRun(false);
    switch (item.kind) {
      case 'user':
        rows.push({ kind: 'user', key: item.id, item, turnNumber });
        break;
      case 'report':
        rows.push({ kind: 'report', key: item.id, item, turnNumber });
        break;
      case 'text':
        rows.push(...toTextRows(item, opensTurn));
        opensTurn = false;
        break;
      case 'tool':
        rows.push({ kind: 'work', key: item.id, items: [item], live: false, opensTurn });
        opensTurn = false;
        break;
      case 'notice':
        rows.push({ kind: 'notice', key: item.id, items: notices.get(item.id) ?? [item] });
        break;
      case 'error':
        if (repeatsBudget(rows.at(-1), item)) rows.pop();
        rows.push({ kind: 'error', key: item.id, item });
        break;
      case 'compacted':
        rows.push({ kind: 'compacted', key: item.id, item });
        break;
      case 'restarted':
        rows.push({ kind: 'restarted', key: item.id, item });
        break;
    }
  }
  endRun(true);
  return rows;
}

/** A budget is told again with each message that waits for it; people see it once. */
function repeatsBudget(row: Row | undefined, { errorType, message }: ErrorItem): boolean {
  return errorType === 'budget_reached' && row?.kind === 'error' && row.item.message === message;
}

/** An app is for people to see, so it is in no fold. */
function standsAlone({ name, app }: ToolItem): boolean {
  return STANDALONE_TOOLS.has(name) || app !== null;
}

/** Thinking without tool calls keeps its own row; thinking between tool calls is part of their group. */
function toWorkRows(run: readonly WorkItem[], live: boolean, opensTurn: boolean): Row[] {
  const first = run[0];
  if (first === undefined) return [];
  if (run.some((item) => item.kind === 'tool')) return [{ kind: 'work', key: first.id, items: run, live, opensTurn }];
  return run.map((item, index) => ({
    kind: 'thinking',
    key: item.id,
    item: item as ThinkingItem,
    opensTurn: opensTurn && index === 0,
  }));
}

function toTextRows(item: TextItem, opensTurn: boolean): Row[] {
  const blocks = splitBlocks(item.id, item.text);
  const rows: Extract<Row, { kind: 'text' }>[] = [];
  let from = 0;
  let lines = 0;
  blocks.forEach((block, index) => {
    lines += block.lines;
    const isLast = index === blocks.length - 1;
    if (lines < LINES_PER_ROW && !isLast) return;
    rows.push({
      kind: 'text',
      key: rows.length === 0 ? item.id : `${item.id}:${rows.length}`,
      item,
      blocks: blocks.slice(from, index + 1),
      first: rows.length === 0,
      last: isLast,
      opensTurn: opensTurn && rows.length === 0,
    });
    from = index + 1;
    lines = 0;
  });
  return rows;
}

function previewItems(view: SessionView, threadId: string | null): Item[] {
  const items: Item[] = [];
  for (const preview of view.previews.values()) {
    if (preview.threadId === threadId) items.push(toPreviewItem(preview));
  }
  return items;
}

function toPreviewItem(preview: PreviewView): Item {
  const base = {
    id: preview.eventId,
    seq: Number.MAX_SAFE_INTEGER,
    at: preview.startedAt,
    threadId: preview.threadId,
    text: preview.text,
  };
  if (preview.type === 'agent.thinking')
    return { kind: 'thinking', ...base, durationMs: null, streaming: !preview.orphaned };
  return { kind: 'text', ...base, streaming: !preview.orphaned };
}
