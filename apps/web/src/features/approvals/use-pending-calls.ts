import type { ToolItem } from '../../session/items.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';

export interface PendingCalls {
  /** The call that is shown; undefined while no call waits. */
  tool: ToolItem | undefined;
  index: number;
  count: number;
  /** Shows the next or the previous call. After the last call comes the first. */
  go: (step: 1 | -1) => void;
}

/** The calls of a session that wait for a person, and which of them is shown. */
export function usePendingCalls(): PendingCalls {
  const session = useSessionStore();
  const pendingIds = useSession((state) => state.view.pendingIds);
  const items = useSession((state) => state.view.items);
  const chosen = useSession((state) => state.shownCallId);
  const tools = pendingIds.map((id) => items.get(id)).filter((item): item is ToolItem => item?.kind === 'tool');
  const index = Math.max(
    0,
    tools.findIndex((tool) => tool.id === chosen),
  );
  return {
    tool: tools[index],
    index,
    count: tools.length,
    go: (step) => session.showCall(tools[(index + step + tools.length) % tools.length]?.id ?? null),
  };
}
