import { createStore, type StoreApi } from 'zustand/vanilla';

import { ApiError } from '../../api/api-error.ts';
import type { WorkspaceApi } from '../../api/workspace-api.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

/** A file on its way into the workspace. */
export interface Upload {
  id: number;
  path: string;
  file: File;
  state: 'waiting' | 'sending' | 'done' | 'exists' | 'failed';
  /** Of it that is sent, from 0 to 1. */
  part: number;
  /** The version that it replaces; null where it must be new. */
  version: string | null;
  problem: Problem | null;
}

export interface Uploads {
  store: StoreApi<{ list: readonly Upload[] }>;
  add: (files: readonly { path: string; file: File }[]) => void;
  /** Sends it again: one that failed, or one that may now replace the file that was there. */
  resend: (id: number) => void;
  /** Cancels it, or takes it off the list. */
  drop: (id: number) => void;
  close: () => void;
}

/** More would only share the same line. */
const MAX_AT_ONCE = 3;

/** Uploads files, a few at a time. A file that exists is replaced only when the person says so. React-free. */
export function createUploads(
  api: Pick<WorkspaceApi, 'upload'>,
  { sessionId, onDone }: { sessionId: string; onDone: () => void },
): Uploads {
  const store = createStore<{ list: readonly Upload[] }>(() => ({ list: [] }));
  const sending = new Map<number, AbortController>();
  let nextId = 1;

  const change = (id: number, patch: Partial<Upload>) =>
    store.setState(({ list }) => ({ list: list.map((each) => (each.id === id ? { ...each, ...patch } : each)) }));

  const send = async ({ id, path, file, version }: Upload): Promise<void> => {
    const abort = new AbortController();
    sending.set(id, abort);
    change(id, { state: 'sending', part: 0, problem: null });
    try {
      const onProgress = (part: number) => change(id, { part });
      await api.upload(sessionId, { path, content: file, version }, { signal: abort.signal, onProgress });
      change(id, { state: 'done', part: 1 });
      onDone();
    } catch (error) {
      if (abort.signal.aborted) return;
      const present = error instanceof ApiError && error.status === 412 ? error.details['version'] : undefined;
      if (typeof present === 'string') change(id, { state: 'exists', version: present });
      else change(id, { state: 'failed', problem: toProblem(error) });
    } finally {
      sending.delete(id);
      sendNext();
    }
  };

  const sendNext = () => {
    for (const each of store.getState().list) {
      if (sending.size >= MAX_AT_ONCE) return;
      if (each.state === 'waiting') void send(each);
    }
  };

  return {
    store,
    add(files) {
      const added = files.map(({ path, file }) => ({
        ...{ id: nextId++, path, file, state: 'waiting' as const, part: 0, version: null, problem: null },
      }));
      // What is done goes when something new begins.
      store.setState(({ list }) => ({ list: [...list.filter(({ state }) => state !== 'done'), ...added] }));
      sendNext();
    },
    resend(id) {
      change(id, { state: 'waiting' });
      sendNext();
    },
    drop(id) {
      sending.get(id)?.abort();
      store.setState(({ list }) => ({ list: list.filter((each) => each.id !== id) }));
    },
    close() {
      for (const abort of sending.values()) abort.abort();
    },
  };
}
