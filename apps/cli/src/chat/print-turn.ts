import type { Client } from '@claude-sdk-pattern/client';
import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import { getWidth, type ChatIo } from './chat-io.ts';
import { ChatError, explainClosed } from './open-session.ts';
import { EMPTY_TRANSCRIPT, renderTranscript, type TranscriptInput } from './transcript.ts';

export const NOBODY_TO_ASK = 'Nobody is at the terminal to approve this. Do without it, or say what you would need.';

/**
 * Sends one message and writes the agent's text to standard output and problems to standard error. Resolves with the
 * exit code, which is 0 if the turn was completed. Tool calls that need an approval are denied.
 * @throws ChatError when the session cannot take the message.
 */
export async function printTurn(client: Client, sessionId: string, message: string, io: ChatIo): Promise<number> {
  const done = Promise.withResolvers<number>();
  const early: TranscriptInput[] = [];
  let transcript = EMPTY_TRANSCRIPT;
  let messageId: string | undefined;
  let inTurn = false;
  /** Calls that a program answers. */
  const ofPrograms = new Set<string>();

  function take(input: TranscriptInput): void {
    // Until the reply names the event of this message, its turn is unknown.
    if (messageId === undefined) return void early.push(input);
    const event = input.type === 'event' ? input.event : undefined;
    if (event?.type === 'session.turn_started' && event.message_ids.includes(messageId)) inTurn = true;
    if (!inTurn) return;
    const rendered = renderTranscript(transcript, input, { width: getWidth(io), showsCost: false });
    transcript = rendered.transcript;
    for (const piece of rendered.pieces) {
      if (piece.kind === 'text') io.output.write(piece.text);
      if (piece.kind === 'problem') io.error.write(piece.text);
    }
    if (event) act(event);
  }

  function act(event: SessionEvent): void {
    if (event.type === 'session.status_terminated') done.resolve(1);
    if (event.type === 'agent.custom_tool_use') ofPrograms.add(event.id);
    if (event.type !== 'session.status_idle') return;
    if (event.stop_reason.type !== 'requires_action')
      return done.resolve(event.stop_reason.type === 'end_turn' ? 0 : 1);
    const asked = event.stop_reason.event_ids.filter((id) => !ofPrograms.has(id));
    if (asked.length === 0) return;
    const denials = asked.map((tool_use_id) => ({
      type: 'user.tool_confirmation' as const,
      tool_use_id,
      result: 'deny' as const,
      deny_message: NOBODY_TO_ASK,
    }));
    io.error.write('A tool call needed an approval and was denied: nobody is here to ask.\n');
    client.send(sessionId, denials).catch(done.reject);
  }

  const stopWatching = client.onState((state) => {
    if (state.state === 'closed') done.reject(new ChatError(explainClosed(state.reason)));
  });
  const attached = Promise.withResolvers<number>();
  const attachment = client.attach(sessionId, {
    // Only the turn of this message is written.
    tail: 0,
    onAttached({ session, lastSeq }) {
      if (session.stop_reason?.type === 'requires_action') {
        attached.reject(
          new ChatError(`The session waits for an answer. Give it with csp chat --session ${sessionId}.`),
        );
      }
      attached.resolve(lastSeq);
      take({ type: 'attached' });
    },
    onEvent: (event) => take({ type: 'event', event }),
    onPreview: (preview) => take({ type: 'preview', preview }),
    onError(error) {
      if (!error.retryable) attached.reject(new ChatError(error.message));
    },
  });
  try {
    await attached.promise;
    const { events } = await client.send(sessionId, [
      { type: 'user.message', content: [{ type: 'text', text: message }] },
    ]);
    messageId = events[0]?.id ?? '';
    for (const input of early.splice(0)) take(input);
    return await done.promise;
  } finally {
    attachment.detach();
    stopWatching();
  }
}
