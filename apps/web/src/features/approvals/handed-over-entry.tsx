import type { ApprovalCardResource, SessionResource } from '@claude-sdk-pattern/protocol';
import { useState } from 'react';
import { createStore } from 'zustand/vanilla';

import { t } from '../../messages/index.ts';
import { useServices, type Services } from '../../services/services.ts';
import type { ToolItem } from '../../session/items.ts';
import { SessionContext } from '../../session/session-context.ts';
import { createSessionSending } from '../../session/session-sending.ts';
import { createSessionState } from '../../session/session-state.ts';
import { createSessionStore, type SessionStore } from '../../session/session-store.ts';
import { emptySessionView } from '../../session/session-view.ts';
import { formatAgo } from '../../ui/format.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { AnswerNote } from './answer-note.tsx';
import { FocusKeeper } from './focus-keeper.tsx';
import { PendingCard } from './pending-card.tsx';
import type { HandedOverCall, HandOverEnd } from './use-handed-over.ts';

export interface HandedOverEntryProps {
  call: HandedOverCall;
  now: number;
  /** Finds the element that gets the focus when a focused card is removed and no other card follows it. */
  lastFocus: () => HTMLElement | null;
  /** The call is answered, and this person knows. */
  onDone: () => void;
  /** Somebody else was first, or it was taken back. */
  onEnd: (end: HandOverEnd) => void;
}

/**
 * A call of a session that this person may not see: only the call itself, whose it is, and the note. When it has ended, only
 * how.
 */
export function HandedOverEntry({ call, now, lastFocus, onDone, onEnd }: HandedOverEntryProps) {
  const { card, end } = call;
  const services = useServices();
  const [tool] = useState(() => toTool(card, services.bootstrap.user.id));
  const [store] = useState(() => createCardStore(services, { card, tool, onDone, onEnd }));
  const { at } = card.handed_over ?? { at: card.requested_at };
  const from = t.approvals.handOver.from(card.owner.name);
  if (end !== null)
    return (
      <li>
        <div role="status" className="[&>[data-answered]]:mb-0">
          <AnswerNote answer={end.answer} wasSent={end.wasSent} tool={tool} of={from} onClose={onDone} />
        </div>
      </li>
    );
  return (
    <li className="overflow-hidden rounded-md border border-warn bg-raised">
      <div className="px-4 py-3">
        <p className="truncate font-semibold">
          <VisibleText text={from} />
        </p>
        <p className="nums text-sm text-muted">{t.approvals.handOver.since(formatAgo(at, now))}</p>
      </div>
      <SessionContext value={store}>
        <div
          role="group"
          tabIndex={-1}
          data-approval=""
          aria-label={t.approvals.of(from)}
          className="flex flex-col border-t border-line focus-visible:-outline-offset-2"
        >
          <FocusKeeper last={lastFocus} />
          <PendingCard tool={tool} />
        </div>
      </SessionContext>
    </li>
  );
}

/** The cards read a session; this one knows nothing but the call. */
function createCardStore(
  { client, getSession }: Pick<Services, 'client' | 'getSession'>,
  {
    card,
    tool,
    onDone,
    onEnd,
  }: Pick<HandedOverEntryProps, 'onDone' | 'onEnd'> & {
    card: ApprovalCardResource;
    tool: ToolItem;
  },
): SessionStore {
  const { session_id: sessionId, owner } = card;
  const store = createStore(() => ({
    ...createSessionState(sessionId),
    // Who only looks may neither take the call back nor hand it on.
    resource: { id: sessionId, shared: { level: 'view', owner } } as unknown as SessionResource,
    view: { ...emptySessionView, items: new Map([[tool.id, tool]]), pendingIds: [tool.id] },
  }));
  const sending = createSessionSending({
    store,
    transport: { send: (events, options) => client.send(sessionId, events, options) },
    createFrameId: () => crypto.randomUUID(),
    flush: () => {},
  });
  return {
    ...getSession(sessionId, createSessionStore),
    store,
    ...sending,
    async answer(toolUseId, answer) {
      const isGiven = await sending.answer(toolUseId, answer);
      const first = store.getState().answeredFirst;
      if (isGiven) onDone();
      else if (first !== null) onEnd(first);
      return isGiven;
    },
  };
}

/** How each mask of the server begins. */
const MASK_START = '[hidden: ';

function toTool(card: ApprovalCardResource, me: string): ToolItem {
  const at = Date.parse(card.requested_at);
  return {
    ...{ kind: 'tool', id: card.event_id, seq: 0, at, threadId: null, workedFrom: at, workedTo: null, endedAt: null },
    ...{
      name: card.tool_name,
      server: null,
      plugin: card.plugin,
      input: card.input,
      status: 'asking',
      output: null,
      images: [],
    },
    elicitation: null,
    app: null,
    // The server has masked them already.
    secrets: JSON.stringify(card.input).includes(MASK_START) ? { places: [], original: null, hidden: [] } : null,
    ...{ structured: null, decision: null, deniedBy: null, cancelled: null, childThreadId: null },
    approval: {
      ...{ title: card.title, reason: card.reason, rule: null, askedBy: null, handedOver: card.handed_over },
      expiresAt: Date.parse(card.expires_at),
      fourEyes: card.four_eyes ? (card.may_allow ? [] : [me]) : null,
    },
  };
}
