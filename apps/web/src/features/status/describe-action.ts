import { chat } from '../../messages/chat.ts';
import type { SessionView } from '../../session/session-view.ts';
import { describeDoing } from '../tools/describe-tool.ts';

/** Describes what the agent is doing, in plain words without a capital letter; null if the events do not say. */
export function describeAction(view: SessionView): string | null {
  const tool = view.items.get(view.openToolIds.at(-1) ?? '');
  if (tool?.kind === 'tool') {
    const inProgress = view.todos.find((todo) => todo.status === 'in_progress');
    const text =
      tool.name === 'TodoWrite' && inProgress?.activeForm != null ? inProgress.activeForm : describeDoing(tool);
    return text.charAt(0).toLowerCase() + text.slice(1);
  }
  const preview = [...view.previews.values()].at(-1);
  if (preview === undefined) return null;
  return preview.type === 'agent.thinking' ? chat.status.thinking : chat.status.writing;
}
