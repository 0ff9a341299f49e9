import type { Client } from '@claude-sdk-pattern/client';
import type { TestServer } from '@claude-sdk-pattern/testkit';

import type { Random } from '../random.ts';
import { toMessageText, type MessageKind } from '../recall/message-text.ts';
import { openRecalledSession, type EndedTurn, type RecalledSession } from '../recall/recalled-session.ts';
import { checkSession } from './check-session.ts';
import { drawBetween, drawWeighted } from './draw.ts';
import { pause } from './pause.ts';
import { createReader, type Reader } from './reader.ts';
import type { Tally } from './tally.ts';

export interface VisitorDeps {
  /** A part of every token, so that no two visitors send the same text. */
  name: string;
  apiKey: string;
  /** The connections for talking and for reading along. */
  clients: { talking: Client; reading: Client };
  server: TestServer;
  random: Random;
  tally: Tally;
  /** How long the server lets an idle session keep its process, in milliseconds. */
  idleTimeoutMs: number;
  /** When aborted, the current session is checked and is the last. */
  ending: AbortSignal;
}

/** What was sent in one session, and the results. */
export interface Visit {
  session: RecalledSession;
  reader: Reader;
  /** The tokens of all acknowledged messages, in order. */
  tokens: string[];
  /** The tokens of commands whose turn was completed in one process: each of these commands must have run. */
  ran: string[];
}

const ACTIONS: Readonly<Record<MessageKind | 'interrupt' | 'two' | 'idle', number>> = {
  note: 25,
  talk: 15,
  tool: 20,
  two: 8,
  interrupt: 14,
  idle: 8,
  leave: 6,
  eat: 3,
  recall: 1,
};
const TURNS_PER_SESSION = { least: 4, most: 14 };
const LONGEST_THOUGHT_MS = 1500;
const LONGEST_BEFORE_INTERRUPT_MS = 1500;

/** Opens one session after another, sends random messages in each, and checks each at its end. Never rejects. */
export async function visit(deps: VisitorDeps): Promise<void> {
  for (let session = 1; !deps.ending.aborted; session += 1) {
    try {
      await visitSession(deps, `${deps.name}-${session}`);
    } catch (error) {
      deps.tally.problem('sessions.broken', `${deps.name}-${session}: ${String(error)}`);
    }
  }
}

async function visitSession(deps: VisitorDeps, name: string): Promise<void> {
  const { clients, random, tally, ending } = deps;
  const session = await openRecalledSession(clients.talking, {
    session: { permission_mode: 'bypassPermissions', title: name },
    onEvent: tally.note,
  });
  const current: Visit = { session, reader: createReader(clients.reading, session.id), tokens: [], ran: [] };
  tally.add('sessions');
  try {
    const actions = Math.round(drawBetween(random, TURNS_PER_SESSION.least, TURNS_PER_SESSION.most));
    for (let action = 0; action < actions && !ending.aborted; action += 1) {
      await act(current, deps, `${name}-${action}`);
      if (random() < 0.3) current.reader.toggle();
      await pause(random() * LONGEST_THOUGHT_MS, ending);
    }
    await checkSession(current, deps, name);
  } finally {
    session.detach();
    current.reader.detach();
  }
}

async function act(current: Visit, deps: VisitorDeps, token: string): Promise<void> {
  const { random, ending, idleTimeoutMs } = deps;
  const action = drawWeighted(random, ACTIONS);
  switch (action) {
    case 'idle':
      await pause(idleTimeoutMs * drawBetween(random, 0.8, 1.6), ending);
      return;
    case 'two': {
      const ids = [await say(current, 'note', `${token}-a`), await say(current, 'note', `${token}-b`)];
      for (const id of ids) note(await current.session.waitForEnd(id), deps);
      return;
    }
    case 'interrupt': {
      const id = await say(current, random() < 0.5 ? 'talk' : 'tool', token);
      await pause(random() * LONGEST_BEFORE_INTERRUPT_MS, ending);
      await current.session.interrupt();
      note(await current.session.waitForEnd(id), deps);
      return;
    }
    default: {
      const turn = await current.session.waitForEnd(await say(current, action, token));
      note(turn, deps);
      const mustHaveRun = turn.outcome === 'completed' && turn.restarts === 0;
      if (mustHaveRun && (action === 'tool' || action === 'leave')) current.ran.push(token);
    }
  }
}

async function say({ session, tokens }: Visit, kind: MessageKind, token: string): Promise<string> {
  const id = await session.send(toMessageText(kind, token));
  tokens.push(token);
  return id;
}

function note(turn: EndedTurn, { tally }: VisitorDeps): void {
  if (turn.restarts > 0 && turn.outcome === 'completed') tally.add('turns.recovered');
}
