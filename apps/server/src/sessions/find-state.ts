import { CspError, type SessionEvent } from '@claude-sdk-pattern/protocol';

import type { Store } from '../store/port.ts';
import type { WorkspaceState } from '../store/workspace-states.ts';

/** A turn number, after which the state was so; the id of an event, before which it was; `state:N` or `before:N` by its ordinal. */
export type StateReference = number | string;

const BY_ORDINAL = /^(state|before):(\d+)$/;

interface Looked {
  store: Pick<Store, 'events'>;
  sessionId: string;
  /** Oldest first. */
  states: readonly WorkspaceState[];
}

/**
 * The recorded state after a turn, or before an event: before the turn that took a message, before the turn in which
 * something else happened, before files were taken back.
 * @throws CspError `not_found` for an unknown event, and where the state is not kept; `state_conflict` for a message that no turn has
 * taken.
 */
export async function findState(looked: Looked, reference: StateReference): Promise<WorkspaceState> {
  if (typeof reference === 'number') return getNewest(looked.states, reference);
  const { store, sessionId, states } = looked;
  const [, side, named] = BY_ORDINAL.exec(reference) ?? [];
  if (named !== undefined) {
    const index = states.findIndex((each) => each.ordinal === Number(named));
    const state = index < 0 ? undefined : states[side === 'state' ? index : index - 1];
    if (state === undefined) throw toForgotten();
    return state;
  }
  const event = await store.events.find(sessionId, reference);
  if (event === undefined) throw new CspError('not_found', `Session ${sessionId} has no event ${reference}`);
  if (event.body.type === 'session.files_rewound') {
    const { state_before: ordinal } = event.body;
    const state = states.find((each) => each.ordinal === ordinal);
    if (state === undefined) throw toForgotten();
    return state;
  }
  const turn = await findTurn(looked, { seq: event.seq, body: event.body });
  return getNewest(states, turn - 1);
}

/** As `findState`. Of a turn the state at its end, before people changed anything. */
export async function findEndState(looked: Looked, reference: StateReference): Promise<WorkspaceState> {
  const ofTurn = looked.states.findLast(({ turn, reason }) => turn === reference && reason === 'turn');
  return ofTurn ?? findState(looked, reference);
}

async function findTurn(
  { store, sessionId }: Looked,
  { seq, body }: { seq: number; body: SessionEvent },
): Promise<number> {
  const types = ['session.turn_started'];
  if (body.type !== 'user.message') {
    const [started] = await store.events.list(sessionId, { types, before: seq + 1, order: 'desc', limit: 1 });
    return started?.body.type === 'session.turn_started' ? started.body.turn : 1;
  }
  // It may have waited while turns before it ran.
  for (let after = seq; ;) {
    const starts = await store.events.list(sessionId, { types, after, order: 'asc', limit: 100 });
    for (const { body: started } of starts)
      if (started.type === 'session.turn_started' && started.message_ids.includes(body.id)) return started.turn;
    const last = starts.at(-1);
    if (last === undefined) throw new CspError('state_conflict', `No turn has taken the message ${body.id} yet`);
    after = last.seq;
  }
}

function getNewest(states: readonly WorkspaceState[], turn: number): WorkspaceState {
  const state = states.findLast((each) => each.turn <= turn);
  if (state === undefined) throw toForgotten();
  return state;
}

function toForgotten(): CspError {
  return new CspError(
    'not_found',
    'The files of that time are not kept on this server. Only the newest states are, and those of the server on which the session worked then',
  );
}
