import type { Tally } from '../soak/tally.ts';
import { parseMessageTexts } from '../recall/message-text.ts';
import type { ChaosClient, ChaosSession } from './chaos-client.ts';
import type { FrameLedger } from './frame-ledger.ts';
import type { StoredEvent } from './server-view.ts';

export interface CheckedSession extends ChaosSession {
  stored: readonly StoredEvent[];
  /** The tokens of the messages in the model's context, in order; undefined if there is no model. */
  recalled: readonly string[] | undefined;
}

/**
 * Compares what the clients saw, what they were answered and what the model was told with the store. Pure, except for
 * the tally.
 */
export function checkSession(
  session: CheckedSession,
  { ledger, clients, tally }: { ledger: FrameLedger; clients: readonly ChaosClient[]; tally: Tally },
): void {
  const { id: sessionId, stored } = session;
  tally.add('events.stored', stored.length);
  for (const [index, { seq }] of stored.entries()) {
    if (seq !== index + 1) tally.problem('events.outOfOrder', `${sessionId}: seq ${seq} is stored at ${index + 1}`);
  }
  for (const { name, views } of clients) {
    const seen = views.get(sessionId)?.seen ?? new Map<number, string>();
    tally.add('events.seen', seen.size);
    for (const [seq, id] of seen) {
      const kept = stored[seq - 1]?.id;
      // Events that were seen may have been stored after the store was read.
      if (seq <= stored.length && kept !== id)
        tally.problem('events.outOfOrder', `${name} in ${sessionId}: seq ${seq} was ${id}, stored is ${kept}`);
    }
    for (const { seq, id } of stored)
      if (!seen.has(seq)) tally.problem('events.lost', `${name} in ${sessionId} has not seen ${seq}, ${id}`);
  }
  checkAnswers(session, ledger, tally);
  checkUpdates(session, ledger, tally);
  if (session.recalled) checkContext(session, session.recalled, { ledger, tally });
}

/** Every acknowledged send is stored once, at the place that its answer names, and nothing else is stored. */
function checkAnswers({ id: sessionId, stored }: CheckedSession, ledger: FrameLedger, tally: Tally): void {
  const places = Map.groupBy(stored, ({ id }) => id);
  const tokens = stored.flatMap(({ text }) => parseMessageTexts(text).map(({ token }) => token));
  let interrupts = 0;
  for (const { frame, result, token } of ledger.entries) {
    if (frame.type !== 'session.send' || frame.session_id !== sessionId || result === undefined) continue;
    tally.add('sends.acknowledged');
    for (const { id, seq } of (result as { events: { id: string; seq: number }[] }).events) {
      const found = places.get(id) ?? [];
      if (found.length === 0) tally.problem('sends.lost', `${frame.id}: ${id} is not in ${sessionId}`);
      if (found.length > 1) tally.problem('sends.doubled', `${frame.id}: ${id} stands ${found.length} times`);
      if (found.some((event) => event.seq !== seq)) tally.problem('sends.lost', `${frame.id}: ${id} is not at ${seq}`);
    }
    if (token === undefined) interrupts += frame.events.length;
    else {
      const times = tokens.filter((each) => each === token).length;
      if (times !== 1) tally.problem(times > 1 ? 'sends.doubled' : 'sends.lost', `${token} is stored ${times} times`);
    }
  }
  const storedInterrupts = stored.filter(({ type }) => type === 'user.interrupt').length;
  if (storedInterrupts !== interrupts) {
    const kind = storedInterrupts > interrupts ? 'doubled' : 'lost';
    tally.problem(`sends.${kind}`, `${sessionId} has ${storedInterrupts} interrupts of ${interrupts}`);
  }
}

function checkUpdates({ id: sessionId, stored }: CheckedSession, ledger: FrameLedger, tally: Tally): void {
  const titles = stored.flatMap(({ title }) => (title === undefined ? [] : [title]));
  for (const [id, update] of ledger.updates) {
    if (update.sessionId !== sessionId) continue;
    const times = titles.filter((title) => title === update.title).length;
    if (times > 1) tally.problem('sends.doubled', `${id} is stored ${times} times`);
    if (times === 0 && update.answered) tally.problem('sends.lost', `${id} was answered and is not stored`);
  }
}

function checkContext(
  { id: sessionId, stored }: CheckedSession,
  recalled: readonly string[],
  { ledger, tally }: { ledger: FrameLedger; tally: Tally },
): void {
  const sent = ledger.entries.flatMap(({ frame, token }) =>
    frame.type === 'session.send' && frame.session_id === sessionId && token !== undefined ? [token] : [],
  );
  tally.add('messages', sent.length);
  for (const token of sent) {
    const times = recalled.filter((each) => each === token).length;
    if (times !== 1)
      tally.problem(times > 1 ? 'messages.doubled' : 'messages.lost', `${token} stands ${times} times in the context`);
  }
  const stands = stored.flatMap(({ type, text }) =>
    type === 'user.message' ? parseMessageTexts(text).map(({ token }) => token) : [],
  );
  const known = recalled.filter((token, index) => stands.includes(token) && recalled.indexOf(token) === index);
  const expected = stands.filter((token) => recalled.includes(token));
  if (known.join(' ') !== expected.join(' '))
    tally.problem('messages.outOfOrder', `${sessionId}: stored ${expected.join(' ')}; recalled ${known.join(' ')}`);
}

/** Every requested session exists exactly once, whatever happened to the answers. */
export function checkCreated(
  created: readonly { id: string; title: string | null }[],
  { ledger, tally }: { ledger: FrameLedger; tally: Tally },
): void {
  for (const { frame, result } of ledger.entries) {
    if (frame.type !== 'session.create') continue;
    tally.add('creates');
    const found = created.filter(({ title }) => title === frame.session.title);
    if (found.length > 1) tally.problem('sends.doubled', `${frame.id} made ${found.length} sessions`);
    else if (found[0]?.id !== result)
      tally.problem('sends.lost', `${frame.id} made ${found[0]?.id}, not ${String(result)}`);
  }
}
