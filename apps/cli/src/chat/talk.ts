import type { Client, ClientError, ConnectionState } from '@claude-sdk-pattern/client';
import type { SessionEvent, UserEventParams } from '@claude-sdk-pattern/protocol';

import { askApproval } from './approvals.ts';
import { getWidth, type ChatIo } from './chat-io.ts';
import { explainClosed } from './open-session.ts';
import { NOBODY_TO_ASK } from './print-turn.ts';
import { openScreen } from './screen.ts';
import type { Style } from './style.ts';
import { EMPTY_TRANSCRIPT, renderTranscript, type TranscriptInput } from './transcript.ts';
import { foldTurn, INITIAL_TURN_STATE } from './turn-state.ts';

/**
 * How many events of a resumed session are loaded: more than a terminal scrolls back, and enough to include every call
 * that waits.
 */
const HISTORY_EVENTS = 2000;

/**
 * Talks with an agent until the person quits; resolves with the exit code.
 *
 * Over 100 lines: every handler changes the one state of the conversation, which decides what is asked next.
 */
export async function talk(client: Client, sessionId: string, io: ChatIo, style: Style): Promise<number> {
  // If the server does not report whether its demo model answers, no cost is shown, because it might be wrong.
  const showsCost = await client.getBootstrap().then(
    ({ demo }) => !demo,
    () => false,
  );
  const done = Promise.withResolvers<number>();
  const isTerminal = io.input.isTTY === true && io.output.isTTY === true;
  let transcript = EMPTY_TRANSCRIPT;
  let turn = INITIAL_TURN_STATE;
  /** Events up to this `seq` are older than this chat. */
  let historyEnd = Number.POSITIVE_INFINITY;
  /**
   * Messages of this chat that no turn has taken yet. A message is 'sending' until the server has given it an event id.
   */
  const unanswered = new Set<string | symbol>();
  /** Tool calls that were answered here, including answers whose event has not arrived yet. */
  const answered = new Set<string>();
  let question: { id: string; abort: AbortController } | undefined;
  let leaving = false;
  let inputEnded = false;

  const screen = openScreen(io, style, {
    onLine: (line) => (line.trim() === '' ? advance() : say(line)),
    onInterrupt: interrupt,
    onEnd() {
      inputEnded = true;
      // At the end of piped input the chat waits for the answers. When a person quits, it does not.
      if (isTerminal) done.resolve(0);
      else advance();
    },
  });

  function tell(text: string, kind: 'note' | 'problem' = 'note'): void {
    screen.write([{ kind, text: `${text}\n` }]);
  }

  function take(input: TranscriptInput): void {
    const rendered = renderTranscript(transcript, input, { width: getWidth(io), showsCost });
    transcript = rendered.transcript;
    screen.write(rendered.pieces);
  }

  function takeEvent(event: SessionEvent, seq: number): void {
    turn = foldTurn(turn, event);
    take({ type: 'event', event });
    for (const id of turn.takenMessages) unanswered.delete(id);
    if (event.type === 'session.message_withdrawn') unanswered.delete(event.message_id);
    if (turn.phase === 'idle') leaving = false;
    if (question && !turn.waiting.includes(question.id)) question.abort.abort();
    if (seq >= historyEnd) advance();
  }

  /** Shows what the state asks for next: the prompt, a question, or the end. */
  function advance(): void {
    if (turn.phase === 'asking' && !leaving) return void askNext();
    if (turn.phase !== 'idle' || unanswered.size > 0) return;
    if (inputEnded) done.resolve(0);
    else screen.showPrompt();
  }

  async function askNext(): Promise<void> {
    const id = turn.waiting.find((waiting) => !answered.has(waiting));
    const toolUse = id === undefined ? undefined : turn.toolUses.get(id);
    if (id === undefined || question) return;
    if (!toolUse || !isTerminal) {
      tell('A tool call needed an approval and was denied: nobody is here to ask.', 'problem');
      answered.add(id);
      return send([{ type: 'user.tool_confirmation', tool_use_id: id, result: 'deny', deny_message: NOBODY_TO_ASK }]);
    }
    const abort = new AbortController();
    question = { id, abort };
    try {
      const answer = await askApproval(toolUse, turn.approvals.get(id), {
        ask: (text) => screen.ask(style.warning(text), abort.signal),
        show: (line) => screen.write([{ kind: 'text', text: `${line}\n` }]),
      });
      answered.add(id);
      await send([answer]);
    } catch {
      // The call was answered elsewhere or interrupted, or the terminal was closed: there is nothing to send.
      screen.write([{ kind: 'text', text: '\n' }]);
    }
    question = undefined;
    advance();
  }

  function say(text: string): void {
    const message = Symbol('sending');
    unanswered.add(message);
    take({ type: 'typed', text });
    client
      .send(sessionId, [{ type: 'user.message', content: [{ type: 'text', text }] }])
      .then(({ events }) => events.forEach(({ id }) => turn.takenMessages.has(id) || unanswered.add(id)))
      .catch((error: ClientError) => tell(error.message, 'problem'))
      .finally(() => {
        unanswered.delete(message);
        advance();
      });
  }

  async function send(events: UserEventParams[]): Promise<void> {
    await client.send(sessionId, events).catch((error: ClientError) => tell(error.message, 'problem'));
  }

  function interrupt(typed: string): void {
    if (leaving) return done.resolve(0);
    if (typed !== '' && turn.phase === 'idle') return screen.clearTyped();
    leaving = true;
    if (turn.phase === 'idle' && unanswered.size === 0) return tell('Ctrl-C once more, or Ctrl-D, exits.');
    tell('Interrupting… Ctrl-C once more exits.');
    question?.abort.abort();
    void send([{ type: 'user.interrupt' }]);
  }

  function watchConnection(state: ConnectionState): void {
    if (state.state === 'reconnecting' && state.attempt === 1) tell('The connection is lost; connecting again…');
    if (state.state === 'live') tell('Connected again.');
    if (state.state !== 'closed') return;
    tell(explainClosed(state.reason), 'problem');
    done.resolve(1);
  }

  const stopWatching = client.onState(watchConnection);
  const attachment = client.attach(sessionId, {
    tail: HISTORY_EVENTS,
    onAttached({ lastSeq, firstSeq }) {
      if (firstSeq > 1 && historyEnd === Number.POSITIVE_INFINITY) tell('What was said earlier is not shown here.');
      historyEnd = Math.min(historyEnd, lastSeq);
      take({ type: 'attached' });
      if (attachment.lastSeq >= lastSeq) advance();
    },
    onEvent: takeEvent,
    onPreview: (preview) => take({ type: 'preview', preview }),
    onError(error) {
      tell(error.message, 'problem');
      if (!error.retryable) done.resolve(1);
    },
  });
  try {
    tell(`Session ${sessionId}. Ctrl-C interrupts, Ctrl-D exits; csp chat --session goes on with it later.`);
    return await done.promise;
  } finally {
    stopWatching();
    attachment.detach();
    question?.abort.abort();
    screen.close();
  }
}
