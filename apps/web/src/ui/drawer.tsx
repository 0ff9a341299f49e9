import type { ReactNode } from 'react';

import { layersPart } from './load-layers.ts';
import { useOnDemand } from './on-demand.ts';

export interface DrawerProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
}

/** A modal sheet that slides in from the left edge. */
export function Drawer(props: DrawerProps) {
  const layers = useOnDemand(layersPart, props.open);
  return layers === null ? null : <layers.DrawerLayer {...props} />;
}
