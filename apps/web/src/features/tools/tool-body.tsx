import { lazy, Suspense } from 'react';

import { t } from '../../messages/index.ts';
import type { ToolItem } from '../../session/items.ts';

const Bodies = lazy(() => import('./tool-bodies.tsx').then((module) => ({ default: module.ToolBodies })));

/** The inside of a tool's card, loaded when the first one is opened. */
export function ToolBody({ item }: { item: ToolItem }) {
  return (
    <Suspense fallback={<p className="text-sm text-muted">{t.app.loading}</p>}>
      <Bodies item={item} />
    </Suspense>
  );
}
