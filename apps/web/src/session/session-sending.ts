import type { SessionTransport } from '@claude-sdk-pattern/client';
import type { UserToolConfirmationParams } from '@claude-sdk-pattern/protocol';
import type { StoreApi } from 'zustand/vanilla';

import { findGivenAnswer, toProblem, type Problem } from './problem.ts';
import { toContent, type SentFile } from './sent-file.ts';
import type { SessionState } from './session-state.ts';

export type Answer = Omit<UserToolConfirmationParams, 'type' | 'tool_use_id'>;

export interface SessionSendingDeps {
  store: StoreApi<SessionState>;
  transport: Pick<SessionTransport, 'send'>;
  createFrameId: () => string;
  /** Folds the events that have arrived. A sent message disappears only once its event is in the view. */
  flush: () => void;
}

/** Sends a person's messages and answers, and records the progress in the store. */
export interface SessionSending {
  /**
   * Resolves to true once the server has the message. A retry sends the same id, so that the message arrives once; a
   * retry after a reload brings it along.
   */
  sendMessage: (text: string, files?: readonly SentFile[], frameId?: string) => Promise<boolean>;
  /** Resolves to the failure, or null. */
  interrupt: () => Promise<Problem | null>;
  /** Resolves to true once the server has the answer. */
  answer: (toolUseId: string, answer: Answer) => Promise<boolean>;
}

export function createSessionSending({ store, transport, createFrameId, flush }: SessionSendingDeps): SessionSending {
  async function sendMessage(text: string, files: readonly SentFile[] = [], sentId?: string): Promise<boolean> {
    const blocks = toContent(text, files);
    const content = JSON.stringify(blocks);
    const { send } = store.getState();
    if (send.state === 'sending') return false;
    const frameId = send.state === 'failed' && send.content === content ? send.frameId : (sentId ?? createFrameId());
    const { lastSeq: afterSeq } = store.getState().view;
    store.setState({ send: { state: 'sending', content, frameId, message: { text, files }, afterSeq } });
    try {
      await transport.send([{ type: 'user.message', content: blocks }], { id: frameId });
      flush();
      store.setState({ send: { state: 'none' } });
      return true;
    } catch (error) {
      store.setState({ send: { state: 'failed', content, frameId, problem: toProblem(error) } });
      return false;
    }
  }

  function setAnswer(toolUseId: string, value: 'sending' | Problem | null): void {
    const answers = new Map(store.getState().answers);
    if (value === null) answers.delete(toolUseId);
    else answers.set(toolUseId, value);
    store.setState({ answers });
  }

  async function answer(toolUseId: string, given: Answer): Promise<boolean> {
    if (store.getState().answers.get(toolUseId) === 'sending') return false;
    setAnswer(toolUseId, 'sending');
    store.setState({ answeredFirst: null });
    try {
      await transport.send([{ type: 'user.tool_confirmation', tool_use_id: toolUseId, ...given }]);
      setAnswer(toolUseId, null);
      return true;
    } catch (error) {
      const first = findGivenAnswer(error);
      setAnswer(toolUseId, first === null ? toProblem(error) : null);
      if (first !== null) store.setState({ answeredFirst: { toolUseId, answer: first, wasSent: true } });
      return false;
    }
  }

  return {
    sendMessage,
    interrupt: () =>
      transport.send([{ type: 'user.interrupt' }]).then(
        () => null,
        (error: unknown) => toProblem(error),
      ),
    answer,
  };
}
