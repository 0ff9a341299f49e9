import { Puzzle } from 'lucide-react';

import { chat } from '../../messages/chat.ts';
import type { ToolItem } from '../../session/items.ts';
import { VisibleText } from '../../ui/visible-text.tsx';

/** The plugin that a tool call belongs to, by its own name, in one short line. */
export function PluginMark({ plugin }: { plugin: NonNullable<ToolItem['plugin']> }) {
  const { display_name: title, name } = plugin;
  return (
    <span
      title={chat.tools.plugin(title, name)}
      // The name of the tool says more.
      className="flex max-w-[40%] min-w-3 shrink-[99] items-center gap-1 text-xs text-muted"
    >
      <Puzzle size={12} aria-hidden className="shrink-0" />
      <span className="sr-only">{chat.tools.ofPlugin}</span>
      <span className="truncate">
        <VisibleText text={title} />
      </span>
    </span>
  );
}
