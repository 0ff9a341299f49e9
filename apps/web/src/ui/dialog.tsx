import type { ReactNode } from 'react';

import { layersPart } from './load-layers.ts';
import { useOnDemand } from './on-demand.ts';

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: string;
  children: ReactNode;
  wide?: boolean;
  /** As large as the screen allows, for a picture. */
  large?: boolean;
}

/** A modal dialog: a card in the middle, a bottom sheet on a phone. */
export function Dialog(props: DialogProps) {
  const layers = useOnDemand(layersPart, props.open);
  return layers === null ? null : <layers.DialogLayer {...props} />;
}
