import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { AppendOptions, SessionRecord } from './session-record.ts';
import type { TurnDeps } from './turn-deps.ts';

/**
 * Commits the end of a turn with the usage of its model calls. Does not wait for the flush: the next turn may begin
 * before people see the end of this one.
 */
export async function commitTurnEnd(
  { record, usage }: { record: SessionRecord; usage: Pick<TurnDeps['usage'], 'take' | 'flush'> },
  events: readonly SessionEvent[],
  { patch, within }: Required<Pick<AppendOptions, 'patch' | 'within'>>,
): Promise<void> {
  const metered = await usage.take(record.session.id);
  try {
    await record.commit(events, {
      patch,
      within: async (transaction, firstSeq) => {
        await within(transaction, firstSeq);
        await metered.storeIn(transaction);
      },
    });
    metered.forget();
  } catch (error) {
    metered.putBack();
    if (metered.isEmpty) throw error;
    // The turn ends even if a usage record cannot be stored: `flush` logs it and leaves it out.
    await usage.flush();
    await record.commit(events, { patch, within });
  }
}
