import type { Client, LossCause } from '@claude-sdk-pattern/client';
import { createStore, type StoreApi } from 'zustand/vanilla';

/** Whether this browser hears the server. */
export interface ConnectionView {
  state: 'connecting' | 'live' | 'reconnecting' | 'closed';
  /** Why it does not, while it does not. */
  cause: LossCause | null;
  /** When it last did, in milliseconds since the epoch. */
  lastHeardAt: number | null;
  /** Just back after a break, for a moment. */
  recovered: boolean;
}

const RECOVERED_SHOWN_MS = 4000;

/** Follows the client's connection, and lets the page know, so that nothing moves as if it were heard. */
export function createConnectionStore(client: Pick<Client, 'state' | 'onState'>): StoreApi<ConnectionView> {
  const store = createStore<ConnectionView>(() => ({ ...toView(client), recovered: false }));
  let timer: ReturnType<typeof setTimeout> | undefined;
  client.onState(() => {
    const before = store.getState().state;
    const view = toView(client);
    clearTimeout(timer);
    const recovered = view.state === 'live' && before === 'reconnecting';
    store.setState({ ...view, recovered });
    document.documentElement.dataset['line'] = view.state;
    if (recovered) timer = setTimeout(() => store.setState({ recovered: false }), RECOVERED_SHOWN_MS);
  });
  return store;
}

function toView({ state }: Pick<Client, 'state'>): Omit<ConnectionView, 'recovered'> {
  if (state.state !== 'reconnecting') return { state: state.state, cause: null, lastHeardAt: null };
  return { state: state.state, cause: state.cause, lastHeardAt: state.lastHeardAt ?? null };
}
