import type { ToldStop } from '@claude-sdk-pattern/protocol';

import type { StopBook } from '../stops/stop-book.ts';

/**
 * Tells a user of what stops all of their new turns: at once when there is something, when it begins or changes, and with null when
 * it has ended. Stops of single agents are told where they refuse something. Returns the unsubscriber.
 */
export function followStops(
  stops: Pick<StopBook, 'findTurnStop' | 'onChanged'>,
  { userId }: { userId: string },
  listener: (stop: ToldStop | null) => void,
): () => void {
  let told: string | undefined;
  const tell = () => {
    const stop = stops.findTurnStop({ ownerId: userId });
    if (stop?.id === told) return;
    told = stop?.id;
    // An agent is not among what was asked for.
    listener(stop ? { scope: stop.scope as ToldStop['scope'], reason: stop.reason, since: stop.createdAt } : null);
  };
  const off = stops.onChanged(tell);
  tell();
  return off;
}
