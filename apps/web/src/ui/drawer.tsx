import type { DrawerProps } from './drawer-layer.tsx';
import { layersPart } from './load-layers.ts';
import { useOnDemand } from './on-demand.ts';

/** A modal sheet that slides in from the left edge. */
export function Drawer(props: DrawerProps) {
  const layers = useOnDemand(layersPart, props.open);
  return layers === null ? null : <layers.DrawerLayer {...props} />;
}
