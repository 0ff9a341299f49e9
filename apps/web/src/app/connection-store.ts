import { REASON_UNAUTHENTICATED, type Client } from '@claude-sdk-pattern/client';
import { createStore, type StoreApi } from 'zustand/vanilla';

/** Whether this browser hears the server. */
export interface ConnectionView {
  state: 'connecting' | 'live' | 'reconnecting' | 'signed-out' | 'closed';
  /** Just back after a break, for a moment. */
  recovered: boolean;
}

const RECOVERED_SHOWN_MS = 4000;

/** Follows the client's connection. */
export function createConnectionStore(client: Pick<Client, 'state' | 'onState'>): StoreApi<ConnectionView> {
  const store = createStore<ConnectionView>(() => ({ state: toView(client), recovered: false }));
  let timer: ReturnType<typeof setTimeout> | undefined;
  client.onState(() => {
    const before = store.getState().state;
    const state = toView(client);
    clearTimeout(timer);
    const recovered = state === 'live' && before === 'reconnecting';
    store.setState({ state, recovered });
    if (recovered) timer = setTimeout(() => store.setState({ recovered: false }), RECOVERED_SHOWN_MS);
  });
  return store;
}

function toView(client: Pick<Client, 'state'>): ConnectionView['state'] {
  const { state } = client;
  if (state.state !== 'closed') return state.state;
  return state.reason === REASON_UNAUTHENTICATED ? 'signed-out' : 'closed';
}
