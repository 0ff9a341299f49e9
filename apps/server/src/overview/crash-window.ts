import type { SessionEvent } from '@claude-sdk-pattern/protocol';

/** Which agents lose their processes often, on this server. */
export interface CrashWindow {
  note(agentId: string, events: readonly SessionEvent[]): void;
  /** Those with three crashes or more within 15 minutes. */
  list(): { agentId: string; crashes: number; sinceMs: number }[];
}

const WINDOW_MS = 15 * 60_000;
const OFTEN = 3;
/** Of all agents together: older ones are forgotten first. */
const MAX_KEPT = 1000;

export function createCrashWindow(now: () => number): CrashWindow {
  let crashes: { agentId: string; atMs: number }[] = [];
  return {
    note(agentId, events) {
      const died = events.filter(
        (event) => event.type === 'session.process_restarting' && (event.cause ?? 'died') === 'died',
      );
      if (died.length === 0) return;
      const atMs = now();
      crashes = [...crashes, ...died.map(() => ({ agentId, atMs }))].slice(-MAX_KEPT);
    },
    list() {
      crashes = crashes.filter(({ atMs }) => now() - atMs < WINDOW_MS);
      return [...Map.groupBy(crashes, ({ agentId }) => agentId)]
        .filter(([, each]) => each.length >= OFTEN)
        .map(([agentId, each]) => ({ agentId, crashes: each.length, sinceMs: each[0]?.atMs ?? now() }));
    },
  };
}
