import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { until } from '@claude-sdk-pattern/testkit';

import { compareToStore } from '../recall/event-ledger.ts';
import { parseRecallAnswer, toMessageText } from '../recall/message-text.ts';
import { TOOL_FILE } from '../recall/model-reply.ts';
import { readStoredEventIds } from '../recall/stored-events.ts';
import type { Tally } from './tally.ts';
import type { Visit, VisitorDeps } from './visitor.ts';

/** The server may be killed several times during an answer. */
const RECALL_TRIES = 6;
/** The server may be down or starting meanwhile. */
const TIMEOUT_MS = 120_000;

/**
 * Compares the sent messages with the model's context, the commands with the workspace, and the seen events with the
 * store. Then it deletes the session.
 */
export async function checkSession(visit: Visit, deps: VisitorDeps, name: string): Promise<void> {
  const { session, reader, tokens } = visit;
  const { tally } = deps;
  const where = `${name} (${session.id})`;
  const recalled = await recall(visit, name);
  if (recalled === undefined) tally.problem('sessions.silent', `${where} did not recall in ${RECALL_TRIES} tries`);
  else compareMessages(tokens, recalled, { tally, where });
  await compareTools(visit, deps, where);

  reader.attach();
  const fetch = (path: string, init?: RequestInit) => fetchAs(deps, path, init);
  const stored = await until('stored events are read', () => readStoredEventIds({ fetch }, session.id), TIMEOUT_MS);
  for (const [view, { ids, faults }] of [
    ['the talking client', session.ledger],
    ['the reading client', reader.ledger],
  ] as const) {
    await until('the view has caught up', () => ids.length >= stored.length, TIMEOUT_MS).catch(() => undefined);
    tally.addFaults(`${where}, ${view}`, faults);
    // The last events may have arrived after the store was read.
    tally.addFaults(`${where}, ${view} against the store`, compareToStore(ids.slice(0, stored.length), stored));
  }
  await until('the session is deleted', () => deleteSession(deps, session.id), TIMEOUT_MS);
}

/** Asks until a complete answer arrives; undefined if none does. */
async function recall({ session, tokens }: Visit, name: string): Promise<string[] | undefined> {
  for (let attempt = 1; attempt <= RECALL_TRIES; attempt += 1) {
    const token = `${name}-recall-${attempt}`;
    const messageId = await session.send(toMessageText('recall', token));
    tokens.push(token);
    const { text } = await session.waitForEnd(messageId);
    const recalled = parseRecallAnswer(text);
    if (recalled?.includes(token) === true) return recalled;
  }
  return undefined;
}

function compareMessages(
  said: readonly string[],
  recalled: readonly string[],
  { tally, where }: { tally: Tally; where: string },
): void {
  tally.add('messages', said.length);
  for (const token of new Set([...said, ...recalled])) {
    const times = recalled.filter((each) => each === token).length;
    if (!said.includes(token)) tally.problem('messages.foreign', `${token} in ${where}`);
    else if (times === 0) tally.problem('messages.lost', `${token} in ${where}`);
    else if (times > 1) tally.problem('messages.doubled', `${token} stands ${times} times in ${where}`);
  }
  const expected = said.filter((token) => recalled.includes(token)).join(' ');
  const found = recalled.filter((token, index) => said.includes(token) && recalled.indexOf(token) === index).join(' ');
  if (found !== expected) tally.problem('messages.outOfOrder', `${where}: said ${expected}; recalled ${found}`);
}

async function compareTools({ session, ran }: Visit, { server, tally }: VisitorDeps, where: string): Promise<void> {
  const path = join(server.dataDir, 'workspaces', session.id, TOOL_FILE);
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  tally.add('commands', lines.length);
  for (const token of new Set([...ran, ...lines])) {
    const times = lines.filter((line) => line === token).length;
    if (times > 1) tally.problem('commands.doubled', `${token} ran ${times} times in ${where}`);
    else if (times === 0) tally.problem('commands.lost', `${token} did not run in ${where}`);
  }
}

async function deleteSession(deps: VisitorDeps, sessionId: string): Promise<boolean> {
  const response = await fetchAs(deps, `/v1/sessions/${sessionId}`, { method: 'DELETE' });
  return response.ok || response.status === 404;
}

function fetchAs({ server, apiKey }: VisitorDeps, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(new URL(path, server.url), { ...init, headers: { authorization: `Bearer ${apiKey}` } });
}
