import { lazy, Suspense, type ComponentType } from 'react';

import { t } from '../../messages/index.ts';
import type { ToolItem } from '../../session/items.ts';

type BodiesComponent = ComponentType<{ item: ToolItem }>;

let loaded: BodiesComponent | null = null;

/** Loads the code of the cards' contents, so that a card that is open from the start has its final height at once. */
export async function loadToolBodies(): Promise<{ default: BodiesComponent }> {
  const { ToolBodies } = await import('./tool-bodies.tsx');
  loaded = ToolBodies;
  return { default: ToolBodies };
}

const LazyBodies = lazy(loadToolBodies);

/** The content of a tool's card. */
export function ToolBody({ item }: { item: ToolItem }) {
  // A lazy component suspends once even if its module is loaded.
  if (loaded !== null) {
    const Bodies = loaded;
    return <Bodies item={item} />;
  }
  return (
    <Suspense fallback={<p className="text-sm text-muted">{t.app.loading}</p>}>
      <LazyBodies item={item} />
    </Suspense>
  );
}
