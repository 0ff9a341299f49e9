import type { Item } from './items.ts';
import type { SessionView, ThreadView, TurnView } from './session-view.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * A mutable copy of a view during a batch. Containers are copied once per batch; turns and threads are copied when they
 * are first changed, so that unchanged parts keep their identity.
 */
export interface SessionDraft extends Writable<Omit<SessionView, 'items' | 'turns' | 'threads' | 'previews'>> {
  items: Map<string, Item>;
  turns: TurnView[];
  threads: Map<string, ThreadView>;
  previews: SessionView['previews'];
  owned: Set<object>;
}

/** Creates a draft of a view. The view itself is never changed. */
export function openDraft(view: SessionView): SessionDraft {
  return {
    ...view,
    items: new Map(view.items),
    turns: [...view.turns],
    threads: new Map(view.threads),
    owned: new Set(),
  };
}

/** Converts a draft back to a view. */
export function closeDraft({ owned: _, ...view }: SessionDraft): SessionView {
  return view;
}

/**
 * Adds a new item at the end of its thread or of the newest turn. The agent's work never goes into a completed turn; it
 * opens a new turn. A remark (`atEnd`) may go to the end of a completed turn.
 */
export function appendItem(draft: SessionDraft, item: Item, atEnd = false): void {
  if (draft.items.has(item.id)) {
    replaceItem(draft, item);
    return;
  }
  draft.items.set(item.id, item);
  if (item.threadId !== null) {
    changeThread(draft, item.threadId, (thread) => ({ ...thread, itemIds: [...thread.itemIds, item.id] }));
    return;
  }
  const last = draft.turns.at(-1);
  if (last === undefined || (last.summary !== null && !atEnd)) {
    draft.turns.push({ ...createTurn(item.id, null, item.at), itemIds: [item.id] });
    return;
  }
  draft.turns[draft.turns.length - 1] = pushItemId(draft, last, item.id);
}

/** Replaces an item by its id, and copies the turn or thread that contains it. */
export function replaceItem(draft: SessionDraft, item: Item): void {
  draft.items.set(item.id, item);
  if (item.threadId !== null) {
    changeThread(draft, item.threadId, (thread) => ({ ...thread }));
    return;
  }
  for (let index = draft.turns.length - 1; index >= 0; index -= 1) {
    const turn = draft.turns[index];
    // Searches from the end, because changes are nearly always near it.
    if (turn !== undefined && turn.itemIds.lastIndexOf(item.id) !== -1) {
      draft.turns[index] = ownTurn(draft, turn);
      return;
    }
  }
}

export function changeThread(draft: SessionDraft, id: string, change: (thread: ThreadView) => ThreadView): void {
  const thread = draft.threads.get(id) ?? {
    id,
    toolUseId: null,
    agentName: '',
    description: null,
    itemIds: [],
    startedAt: 0,
    endedAt: null,
  };
  draft.threads.set(id, change(thread));
}

/** Changes the newest turn if it is still open. */
export function changeOpenTurn(draft: SessionDraft, change: (turn: TurnView) => TurnView): void {
  const last = draft.turns.at(-1);
  if (last !== undefined && last.summary === null) draft.turns[draft.turns.length - 1] = change(last);
}

/** Converts a time to the clock that stops while the turn waits for a person. */
export function toWorkTime(view: Pick<SessionView, 'waitedMs' | 'waitsSince'>, at: number): number {
  return at - view.waitedMs - (view.waitsSince === null ? 0 : at - view.waitsSince);
}

/** Records whether the turn waits for a person from now on. */
export function noteWaiting(draft: SessionDraft, at: number): void {
  const waits = draft.pendingIds.length > 0;
  if (waits === (draft.waitsSince !== null)) return;
  if (draft.waitsSince !== null) draft.waitedMs += at - draft.waitsSince;
  draft.waitsSince = waits ? at : null;
}

export function createTurn(id: string, number: number | null, startedAt: number): TurnView {
  return { id, number, itemIds: [], startedAt, tokens: 0, summary: null };
}

function ownTurn(draft: SessionDraft, turn: TurnView): TurnView {
  if (draft.owned.has(turn)) return turn;
  const copy = { ...turn };
  draft.owned.add(copy);
  return copy;
}

/**
 * Appends in place if this batch has already copied the array, so that a replay of thousands of events takes linear
 * time.
 */
function pushItemId(draft: SessionDraft, turn: TurnView, id: string): TurnView {
  if (draft.owned.has(turn) && draft.owned.has(turn.itemIds)) {
    (turn.itemIds as string[]).push(id);
    return turn;
  }
  const itemIds = [...turn.itemIds, id];
  const copy = { ...turn, itemIds };
  draft.owned.add(copy);
  draft.owned.add(itemIds);
  return copy;
}
