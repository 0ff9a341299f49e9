import type { UserContentBlock } from '@claude-sdk-pattern/protocol';

import { resolveContent } from '../files/resolve-content.ts';
import type { QueuedMessage } from '../store/queue.ts';
import type { TurnDeps } from './turn-deps.ts';
import type { SessionProcess } from './session-process.ts';
import type { SessionRecord } from './session-record.ts';

export type Deliverable = Pick<QueuedMessage, 'eventId' | 'agentMessageUuid' | 'content'>;

interface TextBlock {
  type: 'text';
  text: string;
}

/** Whether the agent can take the content as it is, without loading files. */
export function isText(content: readonly { type: string }[]): content is readonly TextBlock[] {
  return content.every(({ type }) => type === 'text');
}

function toText(content: readonly { type: string; text?: unknown }[]): string {
  return content.flatMap(({ text }) => (typeof text === 'string' ? [text] : [])).join('\n');
}

export interface MessageDeliveryDeps extends Pick<TurnDeps, 'store' | 'files'> {
  record: Pick<SessionRecord, 'session'>;
  process: Pick<SessionProcess, 'send' | 'sendWhenTaken'>;
  /** Called with the text of each message that the agent gets. */
  onSend(text: string): void;
}

/** Sends messages to the agent, each exactly once. The agent's transcript says which it has received. */
export class MessageDelivery {
  readonly #deps: MessageDeliveryDeps;
  #mayHaveUndelivered = true;

  constructor(deps: MessageDeliveryDeps) {
    this.#deps = deps;
  }

  /** Whether the agent may lack messages of an earlier turn. If so, `deliver` sends those as well. */
  get mayHaveUndelivered(): boolean {
    return this.#mayHaveUndelivered;
  }

  /** Call this when a turn was given up or its process has died: the agent may not have received the messages. */
  assumeUndelivered(): void {
    this.#mayHaveUndelivered = true;
  }

  /** Sends the message, together with those of earlier turns that the agent has not received. */
  async deliver(next: Deliverable): Promise<void> {
    await this.#sendTogether([...(await this.#findUndelivered({ exceptId: next.eventId, ofTurn: [] })), next]);
  }

  /** Sends messages again that the agent has not received; false when it has received all of them. */
  async deliverAgain(ofTurn: readonly string[]): Promise<boolean> {
    // Messages of earlier, abandoned turns were sent together with this turn's message, so they are sent again too.
    this.assumeUndelivered();
    const undelivered = await this.#findUndelivered({ ofTurn });
    await this.#sendTogether(undelivered);
    return undelivered.length > 0;
  }

  /** Sends a message of text blocks only, without waiting. */
  sendText({ agentMessageUuid, content }: { agentMessageUuid: string; content: readonly TextBlock[] }): void {
    this.#deps.process.send({ uuid: agentMessageUuid, content: [...content] });
    this.#deps.onSend(toText(content));
  }

  /**
   * Sends several messages as one, oldest first. When two arrive at once, the CLI (2.1.330) puts the second into the
   * turn of the first, and its transcript lacks the second uuid: the message would be sent again.
   */
  async #sendTogether(messages: readonly Deliverable[]): Promise<void> {
    const agentMessageUuid = messages.at(-1)?.agentMessageUuid;
    if (agentMessageUuid === undefined) return;
    const others = messages.filter((message) => message.agentMessageUuid !== agentMessageUuid);
    await this.#deps.store.queue.setAgentMessageUuid(
      others.map(({ eventId }) => eventId),
      agentMessageUuid,
    );
    await this.#send({ agentMessageUuid, content: messages.flatMap(({ content }) => content) });
  }

  async #send({ agentMessageUuid, content }: Omit<Deliverable, 'eventId'>): Promise<void> {
    // `checkUserEvents` has checked the content before it was stored.
    const blocks = content as UserContentBlock[];
    if (isText(blocks)) return this.sendText({ agentMessageUuid, content: blocks });
    const { files, record, process, onSend } = this.#deps;
    onSend(toText(blocks));
    await process.sendWhenTaken(async () => ({
      uuid: agentMessageUuid,
      content: await resolveContent(files, record.session, blocks),
    }));
  }

  async #findUndelivered(options: { exceptId?: string; ofTurn: readonly string[] }): Promise<QueuedMessage[]> {
    if (!this.#mayHaveUndelivered) return [];
    const { queue } = this.#deps.store;
    const ofTurn = new Set(options.ofTurn);
    const result: QueuedMessage[] = [];
    for (const message of await queue.listOpen(this.#deps.record.session.id)) {
      if (message.state !== 'delivered' || message.eventId === options.exceptId) continue;
      if (!(await this.#hasReceived(message))) result.push(message);
      else if (!ofTurn.has(message.eventId)) await queue.mark(message.eventId, { from: 'delivered', to: 'done' });
    }
    this.#mayHaveUndelivered = result.length > 0;
    return result;
  }

  #hasReceived({ agentMessageUuid }: QueuedMessage): Promise<boolean> {
    const { agentSessionId } = this.#deps.record.session;
    return this.#deps.store.transcripts.hasUuid({ sessionId: agentSessionId }, agentMessageUuid);
  }
}
