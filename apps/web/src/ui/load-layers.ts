import type * as layers from './layers.ts';
import { createOnDemand } from './on-demand.ts';

export type Layers = typeof layers;

export const layersPart = createOnDemand<Layers>(() => import('./layers.ts'));
