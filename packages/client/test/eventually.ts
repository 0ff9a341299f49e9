import type { Client, ConnectionState } from '../src/index.ts';

/** Resolves when the connection is in the given state, now or later. */
export function untilState<S extends ConnectionState['state']>(
  client: Client,
  wanted: S,
): Promise<Extract<ConnectionState, { state: S }>> {
  return new Promise((resolve) => {
    const check = (state: ConnectionState) => {
      if (state.state !== wanted) return;
      stop();
      resolve(state as Extract<ConnectionState, { state: S }>);
    };
    const stop = client.onState(check);
    check(client.state);
  });
}
