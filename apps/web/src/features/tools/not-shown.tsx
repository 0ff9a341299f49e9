import { chat } from '../../messages/chat.ts';

/** Says how many lines are left out even after a person opened the text; renders nothing if none are. */
export function NotShown({ count }: { count: number }) {
  if (count <= 0) return null;
  return <p className="border-t border-line px-3 py-1 text-sm text-muted">{chat.tools.notShown(count)}</p>;
}
