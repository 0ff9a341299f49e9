import type { DialogProps } from './dialog-layer.tsx';
import { layersPart } from './load-layers.ts';
import { useOnDemand } from './on-demand.ts';

/** A modal dialog: a card in the middle of the screen, or a bottom sheet on a phone. */
export function Dialog(props: DialogProps) {
  const layers = useOnDemand(layersPart, props.open);
  return layers === null ? null : <layers.DialogLayer {...props} />;
}
