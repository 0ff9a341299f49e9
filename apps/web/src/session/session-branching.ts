import type { Client } from '@claude-sdk-pattern/client';
import type { UserContentBlock } from '@claude-sdk-pattern/protocol';
import type { StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';
import { toProblem } from './problem.ts';
import { createReload } from './reload.ts';
import type { SessionState } from './session-state.ts';

export interface SessionBranchingDeps {
  store: StoreApi<SessionState>;
  client: Pick<Client, 'send' | 'rerun' | 'switchTo'>;
  api: Pick<Api, 'listBranches'>;
  createFrameId: () => string;
}

/** Lets the conversation go on from earlier places. Each method resolves to true once it does; else `branching` says why not. */
export interface SessionBranching {
  /** Sends a message in the place of another. The same content again has the same id, so that it is sent once. */
  edit: (messageId: string, content: UserContentBlock[]) => Promise<boolean>;
  /** Sends a message again, for another answer. */
  rerun: (messageId: string) => Promise<boolean>;
  /** Goes to the branch with an event. */
  switchTo: (eventId: string) => Promise<boolean>;
  /** Opens a message for changes, or closes it. */
  setEditing: (messageId: string | null) => void;
  /** The failure was seen. */
  dismissBranching: () => void;
  /** The focus was taken. */
  noteSwitched: () => void;
}

export function createSessionBranching(deps: SessionBranchingDeps): SessionBranching & { reloadPlaces: () => void } {
  const { store, client, api, createFrameId } = deps;
  const { sessionId } = store.getState();
  /** What was sent and failed; its id serves for the same again. */
  let failed: { key: string; id: string } | null = null;

  async function change(messageId: string, key: string, ask: (id: string) => Promise<unknown>): Promise<boolean> {
    if (store.getState().branching.state === 'busy') return false;
    const id = failed?.key === key ? failed.id : createFrameId();
    store.setState({ branching: { state: 'busy' } });
    try {
      await ask(id);
      failed = null;
      store.setState({ branching: { state: 'none' } });
      return true;
    } catch (error) {
      failed = { key, id };
      store.setState({ branching: { state: 'failed', messageId, problem: toProblem(error) } });
      return false;
    }
  }

  return {
    edit: (messageId, content) =>
      change(messageId, JSON.stringify([messageId, content]), (id) =>
        client.send(sessionId, [{ type: 'user.message', content }], { id, insteadOf: messageId }),
      ),
    // A second press means a second answer.
    rerun: (messageId) => change(messageId, '', () => client.rerun(sessionId, messageId)),
    async switchTo(eventId) {
      store.setState({ switchedTo: eventId });
      const done = await change(eventId, '', () => client.switchTo(sessionId, eventId));
      if (!done) store.setState({ switchedTo: null });
      return done;
    },
    setEditing: (editing) => store.setState({ editing }),
    dismissBranching: () => store.setState({ branching: { state: 'none' } }),
    noteSwitched: () => store.setState({ switchedTo: null }),
    reloadPlaces: createReload(async () => {
      try {
        store.setState({ places: (await api.listBranches(sessionId)).data });
      } catch {
        // What is shown stays. The next branch or attach loads it again.
      }
    }),
  };
}
