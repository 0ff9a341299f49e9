import { lazy, Suspense, type ComponentType } from 'react';

import { t } from '../../messages/index.ts';
import type { ToolItem } from '../../session/items.ts';

type BodiesComponent = ComponentType<{ item: ToolItem }>;

let loaded: BodiesComponent | null = null;

/** Loads the cards' insides, so that one that opens by itself is drawn in its final height at once. */
export async function loadToolBodies(): Promise<{ default: BodiesComponent }> {
  const { ToolBodies } = await import('./tool-bodies.tsx');
  loaded = ToolBodies;
  return { default: ToolBodies };
}

const LazyBodies = lazy(loadToolBodies);

/** The inside of a tool's card. */
export function ToolBody({ item }: { item: ToolItem }) {
  // A lazy component waits once even for what is there.
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
