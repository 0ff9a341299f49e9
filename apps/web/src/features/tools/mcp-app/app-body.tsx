import { ChevronRight } from 'lucide-react';
import { clsx } from 'clsx';

import { chat } from '../../../messages/chat.ts';
import type { McpApp, ToolItem } from '../../../session/items.ts';
import { useDisclosure } from '../../../ui/disclosure.ts';
import { JsonBody } from '../json-body.tsx';
import { McpAppView } from './mcp-app-view.tsx';

/** The card of a tool with an app: the app, and below it what every other tool shows. */
export function AppBody({ item, app }: { item: ToolItem; app: McpApp }) {
  const [open, setOpen] = useDisclosure(`app:${item.id}`, app.digest === null);
  return (
    <div className="flex flex-col gap-3">
      <McpAppView item={item} app={app} />
      <div>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="tap flex items-center gap-1 text-sm font-semibold text-muted hover:text-text"
        >
          <ChevronRight
            size={14}
            aria-hidden
            className={clsx('transition-transform duration-120', open && 'rotate-90')}
          />
          {chat.tools.app.asText}
        </button>
        {open && (
          <div className="mt-2">
            <JsonBody item={item} />
          </div>
        )}
      </div>
    </div>
  );
}
