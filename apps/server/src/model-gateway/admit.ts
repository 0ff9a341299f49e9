import type { ModelCall } from './model-call.ts';

/** Resolves when a call may go to an upstream; rejects with the CspError that the agent gets when it may not. */
export type Admit = (call: ModelCall) => Promise<void>;

/** Every call of a holder may go. */
export const admitAll: Admit = () => Promise.resolve();
