import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { until, type TestServer } from '@claude-sdk-pattern/testkit';

import { parseRecallAnswer, toMessageText } from '../recall/message-text.ts';

/** The fields of a stored event that a round checks. */
export interface StoredEvent {
  id: string;
  seq: number;
  type: string;
  /** The text of a message; empty for other events. */
  text: string;
  /** The new title, for a change of the title. */
  title: string | undefined;
  /** The messages that the turn took, for the beginning of a turn. */
  messageIds: readonly string[];
}

type Server = Pick<TestServer, 'fetch'>;
const PAGE = 1000;
const TIMEOUT_MS = 180_000;
const RECALL_TRIES = 3;

export async function createSession(server: Server, title: string): Promise<string> {
  return ((await post(server, '/v1/sessions', { title })) as { id: string }).id;
}

export async function readStoredEvents(server: Server, sessionId: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (;;) {
    const query = `limit=${PAGE}&extensions=true&after_seq=${events.at(-1)?.seq ?? 0}`;
    const { data } = (await get(server, `/v1/sessions/${sessionId}/events?${query}`)) as {
      data: (Record<string, unknown> & { id: string; seq: number; type: string })[];
    };
    events.push(...data.map(toStoredEvent));
    if (data.length < PAGE) return events;
  }
}

function toStoredEvent(event: Record<string, unknown> & { id: string; seq: number; type: string }): StoredEvent {
  const { id, seq, type, content, title, message_ids: messageIds } = event;
  const blocks = Array.isArray(content) ? (content as { text?: string }[]) : [];
  return {
    ...{ id, seq, type },
    text: blocks.map(({ text }) => text ?? '').join(''),
    title: type === 'session.updated' && typeof title === 'string' ? title : undefined,
    messageIds: type === 'session.turn_started' ? (messageIds as string[]) : [],
  };
}

/** Resolves with the stored events once every message has had its turn. @throws Error after three minutes. */
export function waitUntilDone(server: Server, sessionId: string): Promise<StoredEvent[]> {
  return until(
    `${sessionId} has answered everything`,
    async () => {
      const stored = await readStoredEvents(server, sessionId);
      const taken = new Set(stored.flatMap(({ messageIds }) => messageIds));
      const isIdle = stored.findLast(({ type }) => type.startsWith('session.status_'))?.type === 'session.status_idle';
      const allTaken = stored.every(({ type, id }) => type !== 'user.message' || taken.has(id));
      return isIdle && allTaken ? stored : false;
    },
    TIMEOUT_MS,
  );
}

/** The tokens in the model's context, as a turn reports them; undefined if the model does not answer. */
export async function recall(server: Server, sessionId: string, name: string): Promise<string[] | undefined> {
  for (let attempt = 1; attempt <= RECALL_TRIES; attempt += 1) {
    const token = `${name}-recall${attempt}`;
    const content = [{ type: 'text', text: toMessageText('recall', token) }];
    await post(server, `/v1/sessions/${sessionId}/events`, { events: [{ type: 'user.message', content }] });
    const stored = await waitUntilDone(server, sessionId);
    const answer = stored.findLast(({ type }) => type === 'agent.message');
    const recalled = parseRecallAnswer(answer?.text ?? '');
    if (recalled?.includes(token) === true) return recalled;
  }
  return undefined;
}

export async function findByTitle(server: Server, title: string): Promise<SessionResource[]> {
  const query = new URLSearchParams({ search: title, limit: String(PAGE) });
  return ((await get(server, `/v1/sessions?${query.toString()}`)) as { data: SessionResource[] }).data;
}

export async function deleteSession(server: Server, sessionId: string): Promise<void> {
  await server.fetch(`/v1/sessions/${sessionId}`, { method: 'DELETE' });
}

async function get(server: Server, path: string): Promise<unknown> {
  const response = await server.fetch(path);
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function post(server: Server, path: string, body: object): Promise<unknown> {
  const response = await server.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
