import type { Client, LossCause } from '@claude-sdk-pattern/client';
import { createStore, type StoreApi } from 'zustand/vanilla';

/** The state of this browser's connection to the server. */
export interface ConnectionView {
  state: 'connecting' | 'live' | 'reconnecting' | 'closed';
  /** Why the connection is lost, while it is lost. */
  cause: LossCause | null;
  /** When the server was last heard, in milliseconds since the epoch. */
  lastHeardAt: number | null;
  /** True for a moment after a lost connection was restored. */
  recovered: boolean;
}

const RECOVERED_SHOWN_MS = 4000;

/** Follows the client's connection and marks the page while it is lost, so that animations stop. */
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
