import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

import { t } from '../../messages/index.ts';
import type { ToolItem } from '../../session/items.ts';
import { useSession } from '../../session/session-context.ts';
import { IconButton } from '../../ui/button.tsx';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { FocusKeeper } from './focus-keeper.tsx';
import { PendingCard } from './pending-card.tsx';
import { useGentleFocus } from './use-gentle-focus.ts';

/** What waits for a person, docked above the composer; one at a time, "1 of 3". */
export function ApprovalDock() {
  const pendingIds = useSession((state) => state.view.pendingIds);
  const items = useSession((state) => state.view.items);
  const [chosen, setChosen] = useState<string | null>(null);
  const dock = useRef<HTMLElement>(null);
  const tools = pendingIds.map((id) => items.get(id)).filter((item): item is ToolItem => item?.kind === 'tool');
  const index = Math.max(
    0,
    tools.findIndex((tool) => tool.id === chosen),
  );
  const tool = tools[index];
  useGentleFocus(dock, tool?.id);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== 'KeyA') return;
      if (dock.current === null) return;
      event.preventDefault();
      dock.current.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);

  if (tool === undefined) return null;
  const go = (step: number) => setChosen(tools[(index + step + tools.length) % tools.length]?.id ?? null);
  return (
    <section
      ref={dock}
      tabIndex={-1}
      data-approval=""
      aria-label={t.approvals.region}
      className="anim-rise mb-2 flex max-h-[62dvh] min-h-0 flex-col short:max-h-none short:overflow-y-auto rounded-lg border border-warn bg-raised shadow-up focus-visible:-outline-offset-2 max-md:-mx-4 max-md:rounded-b-none max-md:border-x-0"
    >
      {tools.length > 1 && (
        <div className="flex items-center gap-1 border-b border-line px-3 py-1 text-sm text-muted">
          <span className="nums mr-auto">{t.approvals.position(index + 1, tools.length)}</span>
          <IconButton size="small" label={t.approvals.previous} onClick={() => go(-1)}>
            <ChevronLeft size={15} aria-hidden />
          </IconButton>
          <IconButton size="small" label={t.approvals.next} onClick={() => go(1)}>
            <ChevronRight size={15} aria-hidden />
          </IconButton>
        </div>
      )}
      <ErrorBoundary compact resetKey={tool.id}>
        <FocusKeeper key={`focus:${tool.id}`} last={findComposer} />
        <PendingCard key={tool.id} tool={tool} />
      </ErrorBoundary>
    </section>
  );
}

/** On a touch screen this would open the keyboard. */
function findComposer(): HTMLElement | null {
  return matchMedia('(pointer: coarse)').matches ? null : document.getElementById('composer');
}
