import type { Store } from '../../../apps/server/src/store/port.ts';

/** What was stored, and how to draw a word as texts have them. */
export interface Archive {
  events: number;
  texts: number;
  sessionsOf: Record<'everyday' | 'heavy', number>;
  draw: () => string;
}

const EVENTS = 100;
/** Of the events of a session, so many are searched. */
const TEXTS = 30;
/** One person has half of the sessions, others a thousand each. */
const HEAVY_SHARE = 0.5;
const EVERYDAY = 1000;
const WORDS = 60_000;
const BATCH = 50;

/** Fills the store with sessions of a hundred events each; the frequency of words falls with their rank, as in prose. */
export async function fillStore(
  store: Store,
  { sessions, random, signal }: { sessions: number; random: () => number; signal: AbortSignal },
): Promise<Archive> {
  const words = Array.from({ length: WORDS }, (_, rank) => toWord(rank));
  const draw = () => words[Math.floor(WORDS ** random()) - 1] ?? 'the';
  const sessionsOf = { everyday: 0, heavy: 0 };
  for (let first = 0; first < sessions && !signal.aborted; first += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, sessions - first) }, (_, at) => first + at);
    const rows = ids.map((number) => {
      const ownerId = toOwner(number);
      if (ownerId === 'everyday' || ownerId === 'heavy') sessionsOf[ownerId] += 1;
      return toSessionRow(number, ownerId, `${draw()} ${draw()} ${draw()}`);
    });
    await store.transaction(async (transaction) => {
      await transaction.database.insertInto('sessions').values(rows).execute();
      for (const { id, owner_id: ownerId, title } of rows) {
        const events = toEvents(id, { draw, random });
        await transaction.database
          .insertInto('events')
          .values(events.map(({ row }) => row))
          .execute();
        const texts = events.flatMap(({ row: { seq }, text }) =>
          text === null ? [] : [{ seq, kind: 'message' as const, words: text.split(' ') }],
        );
        const entries = [{ seq: 0, kind: 'title' as const, words: title.split(' ') }, ...texts];
        await transaction.search.add(id, {
          before: undefined,
          after: { ownerId, title, throughSeq: EVENTS },
          entries,
        });
      }
    });
    if (first % 5000 === 0) console.log(`${first} sessions stored`);
  }
  return { events: sessions * EVENTS, texts: sessions * TEXTS, sessionsOf, draw };
}

function toEvents(sessionId: string, { draw, random }: { draw: () => string; random: () => number }) {
  return Array.from({ length: EVENTS }, (_, at) => {
    const [seq, isText] = [at + 1, at % 10 < (TEXTS * 10) / EVENTS];
    const id = `sevt_${sessionId.slice(5)}_${seq}`;
    const text = Array.from({ length: isText ? 5 + Math.floor(random() * 60) : 8 }, draw).join(' ');
    const type = isText ? (at % 2 === 0 ? 'user.message' : 'agent.message') : 'agent.tool_result';
    const body = JSON.stringify({ id, type, content: [{ type: 'text', text }] });
    return {
      row: { session_id: sessionId, seq, id, type, body, created_at: TIME },
      text: isText ? text : null,
    };
  });
}

const TIME = '2026-01-01T00:00:00.000Z';

function toOwner(number: number): string {
  if (number % 10 < HEAVY_SHARE * 10) return 'heavy';
  const other = Math.floor(number / (2 * EVERYDAY));
  return other === 0 ? 'everyday' : `user_${other}`;
}

function toSessionRow(number: number, ownerId: string, title: string) {
  const updatedAt = new Date(Date.parse(TIME) + number * 60_000).toISOString();
  const empty = '{}';
  return {
    ...{ id: `sesn_${number}`, owner_id: ownerId, title, title_folded: title, title_source: 'auto' },
    ...{ status: 'idle', agent_id: 'agent_1', agent_version: 1, environment_id: 'env_1', permission_mode: 'default' },
    ...{ metadata: empty, usage: empty, agent_session_id: `agent_${number}`, last_seq: EVENTS },
    ...{ stop_reason: null, agent: null, model: null, parent_session_id: null, pinned_at: null, archived_at: null },
    ...{ created_at: TIME, updated_at: updatedAt, lease_node_id: null, lease_expires_at: null },
  };
}

/** As many letters as words of that rank have, about. */
function toWord(rank: number): string {
  const letters = (rank * 7919 + 17).toString(36).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? 'a');
  return rank < 100 ? letters : `${letters}${'tion ment able ness ings'.split(' ')[rank % 5]}`;
}
