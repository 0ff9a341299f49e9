import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import { toCutOffResult } from '../agent-process/translate/close-tool-uses.ts';
import { NO_USAGE } from '../agent-process/translate/translation-state.ts';
import { toEndedCall } from '../journal/tool-call-events.ts';
import type { Store } from '../store/port.ts';
import type { SessionRecord } from './session-record.ts';

/** The newest events that are searched. In a longer turn, the older requests and calls have ended already. */
const MAX_EVENTS = 200;

const TYPES: SessionEvent['type'][] = [
  'session.turn_started',
  'span.model_request_start',
  'span.model_request_end',
  'agent.tool_use',
  'agent.tool_result',
  'agent.mcp_tool_use',
  'agent.mcp_tool_result',
  'agent.custom_tool_use',
  'user.custom_tool_result',
];

/**
 * Events that end what a dead server left open in the last turn of the journal: its model request, and its calls
 * without a result.
 */
export async function closeUnfinishedWork(
  store: Pick<Store, 'events'>,
  record: Pick<SessionRecord, 'session' | 'stamp'>,
  /** Calls that go on. */
  goOn: ReadonlySet<string> = new Set(),
): Promise<SessionEvent[]> {
  const newestFirst = await store.events.list(record.session.id, { types: TYPES, order: 'desc', limit: MAX_EVENTS });
  const start = newestFirst.findIndex(({ type }) => type === 'session.turn_started');
  const events = (start < 0 ? newestFirst : newestFirst.slice(0, start)).map(({ body }) => body).toReversed();
  const ended = new Set([...goOn, ...events.map(toEnded)]);
  return events.flatMap((event): SessionEvent[] => {
    if (ended.has(event.id)) return [];
    switch (event.type) {
      case 'span.model_request_start':
        return [
          record.stamp({
            type: 'span.model_request_end',
            model_request_start_id: event.id,
            is_error: true,
            model_usage: NO_USAGE,
          }),
        ];
      case 'agent.tool_use':
      case 'agent.mcp_tool_use':
      case 'agent.custom_tool_use':
        return [record.stamp(toCutOffResult(event))];
      default:
        return [];
    }
  });
}

/** The id of the event that this one ends. */
function toEnded(event: SessionEvent): string | undefined {
  return event.type === 'span.model_request_end' ? event.model_request_start_id : toEndedCall(event);
}
