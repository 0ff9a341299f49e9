import type { ConnectionState } from '@claude-sdk-pattern/client';

/** Describes the connection in a sentence: pass `client.state`, and each state that `client.onState` reports. */
export function describeConnection(state: ConnectionState, now: number): string {
  switch (state.state) {
    case 'connecting':
      return 'Connecting …';
    case 'live':
      return state.transport === 'sse' ? 'Connected over HTTP: WebSockets do not get through.' : 'Connected.';
    case 'reconnecting':
      return `Attempt ${state.attempt} to reconnect in ${Math.max(0, Math.ceil((state.retryAt - now) / 1000))} s.`;
    case 'closed':
      return state.reason === 'unauthenticated' ? 'Signed out: sign in again.' : `Closed: ${state.reason}.`;
  }
}
