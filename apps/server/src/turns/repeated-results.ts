import { isDeepStrictEqual } from 'node:util';

import type { CustomToolResultParams, UserCustomToolResultEvent, UserEventParams } from '@claude-sdk-pattern/protocol';

import type { PendingApproval } from '../permissions/pending-approvals.ts';
import { toResultRefusal } from '../permissions/to-result-refusal.ts';
import type { Store } from '../store/port.ts';

/** The newest results that are searched for one that is sent again. */
const MAX_RESULTS = 200;

/**
 * Results of custom tools that were sent before, by their place in the request, with the event that was stored then. A
 * program that got no reply sends its result again, and the same result is accepted once.
 * @throws CspError `invalid_request` for a call that there is not, `already_answered` for one that got another result.
 */
export async function findRepeatedResults(
  store: Pick<Store, 'events' | 'approvals'>,
  request: {
    sessionId: string;
    events: readonly UserEventParams[];
    pending: ReadonlyMap<string, PendingApproval>;
  },
): Promise<Map<number, { id: string; seq: number }>> {
  const { sessionId, events, pending } = request;
  const repeats = new Map<number, { id: string; seq: number }>();
  for (const [index, params] of events.entries()) {
    if (params.type !== 'user.custom_tool_result') continue;
    const { custom_tool_use_id: callId } = params;
    if (pending.get(callId)?.kind === 'custom_tool') continue;
    const given = await findResult(store, sessionId, callId);
    if (given === undefined || !isSame(params, given.event)) {
      throw await toResultRefusal(store, { sessionId, callId, given: given?.event });
    }
    repeats.set(index, { id: given.event.id, seq: given.seq });
  }
  return repeats;
}

async function findResult(
  { events }: Pick<Store, 'events'>,
  sessionId: string,
  callId: string,
): Promise<{ event: UserCustomToolResultEvent; seq: number } | undefined> {
  const options = { types: ['user.custom_tool_result' as const], order: 'desc' as const, limit: MAX_RESULTS };
  for (const { body, seq } of await events.list(sessionId, options))
    if (body.type === 'user.custom_tool_result' && body.custom_tool_use_id === callId) return { event: body, seq };
  return undefined;
}

function isSame(params: CustomToolResultParams, event: UserCustomToolResultEvent): boolean {
  const toGiven = ({ content = [], is_error: isError }: Pick<CustomToolResultParams, 'content' | 'is_error'>) => [
    content,
    isError === true,
  ];
  return event.cut_off !== true && isDeepStrictEqual(toGiven(params), toGiven(event as CustomToolResultParams));
}
