import { HookDispatcher, type HookDispatcherDeps } from '../hooks/hook-dispatcher.ts';
import type { HookHandler } from '../hooks/hook-handler.ts';
import type { ToolDecisions } from '../permissions/tool-decisions.ts';
import { createPolicyHook, createWorkingDirHook, noteVerdict } from '../permissions/tool-call-hooks.ts';

export interface SessionHooksOptions extends Omit<HookDispatcherDeps, 'onVerdict'> {
  decisions: ToolDecisions;
  /** Those of the installation. */
  handlers: readonly HookHandler[];
}

/** The hooks of one session: the permission policy, then those of the installation, which can only be stricter. */
export function createSessionHooks({ decisions, handlers, ...deps }: SessionHooksOptions): HookDispatcher {
  const hooks = new HookDispatcher({ ...deps, onVerdict: (call, verdict) => noteVerdict(decisions, call, verdict) });
  for (const handler of [createPolicyHook(decisions), createWorkingDirHook(decisions), ...handlers]) hooks.add(handler);
  return hooks;
}
