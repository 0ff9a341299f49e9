import type { ModelCall } from './model-call.ts';
import type { Upstream } from './upstream.ts';

/** Chooses the upstream of an admitted call. */
export type ChooseUpstream = (call: ModelCall) => Upstream;

/** Every call goes to the same upstream. */
export function chooseAlways(upstream: Upstream): ChooseUpstream {
  return () => upstream;
}
