import { join } from 'node:path';

import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import type { TestServer } from '@claude-sdk-pattern/testkit';

import { openStore } from '../../apps/server/src/store/open-store.ts';

/** The number of events in a turn that `seedHistory` writes. */
export const EVENTS_PER_TURN = 10;
const TURNS_PER_APPEND = 100;
const AT = '2026-01-01T12:00:00.000Z';

/**
 * Stops the server, writes a long conversation into its store, and starts it again. Turn 1 has "Question 1.", a command
 * and "Answer 1."; and so on. Resolves with the session's id.
 */
export async function seedHistory(server: TestServer, turns: number): Promise<string> {
  const created = await server.fetch('/v1/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'A long story', agent: 'agent_default', environment_id: 'env_default' }),
  });
  if (!created.ok) throw new Error(`No session: ${await created.text()}`);
  const { id: sessionId } = (await created.json()) as { id: string };
  await server.stop();
  const store = await openStore({ url: `sqlite:${join(server.dataDir, 'csp.db')}` });
  try {
    const { lease } = await store.leases.acquire({ sessionId, nodeId: 'history', ttlMs: 60_000 });
    for (let from = 1; from <= turns; from += TURNS_PER_APPEND) {
      const numbers = Array.from({ length: Math.min(TURNS_PER_APPEND, turns - from + 1) }, (_, index) => from + index);
      const rows = numbers.flatMap(toTurn).map((body) => ({ id: body.id, type: body.type, body }));
      await store.events.append(sessionId, lease.fence, rows);
    }
    await store.leases.release(lease);
  } finally {
    await store.close();
    await server.restart();
  }
  return sessionId;
}

function toTurn(turn: number): SessionEvent[] {
  const id = (name: string) => `sevt_${name}_${String(turn).padStart(6, '0')}`;
  const stamp = (name: string) => ({ id: id(name), processed_at: AT });
  const text = (words: string) => [{ type: 'text' as const, text: words }];
  const tokens = { input_tokens: 1200, output_tokens: 80 };
  return [
    { ...stamp('user'), type: 'user.message', content: text(`Question ${turn}.`) },
    { ...stamp('running'), type: 'session.status_running' },
    { ...stamp('started'), type: 'session.turn_started', turn, message_ids: [id('user')] },
    { ...stamp('thinking'), type: 'agent.thinking', text: 'What is asked for here?', duration_ms: 900 },
    { ...stamp('tool'), type: 'agent.tool_use', name: 'Bash', input: { command: `./count --turn ${turn}` } },
    {
      ...stamp('result'),
      type: 'agent.tool_result',
      tool_use_id: id('tool'),
      content: text('1\n2\n3'),
      is_error: false,
    },
    { ...stamp('answer'), type: 'agent.message', content: text(toAnswer(turn)) },
    { ...stamp('usage'), type: 'session.usage', usage: tokens },
    {
      ...stamp('completed'),
      type: 'session.turn_completed',
      turn,
      outcome: 'completed',
      duration_ms: 1400,
      cost_usd: 0.01,
      ...tokens,
      changed_files: [],
    },
    { ...stamp('idle'), type: 'session.status_idle', stop_reason: { type: 'end_turn' }, stop_details: null },
  ];
}

/** Answers of various heights. */
function toAnswer(turn: number): string {
  const list = Array.from({ length: turn % 7 }, (_, index) => `- point ${index + 1} with \`code\``).join('\n');
  return `Answer ${turn}. ${'It is **long** and has words. '.repeat(1 + (turn % 5))}\n\n${list}`;
}
