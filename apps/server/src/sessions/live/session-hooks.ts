import { HookDispatcher, type HookDispatcherDeps } from '../../hooks/hook-dispatcher.ts';
import type { HookHandler } from '../../hooks/hook-handler.ts';
import type { ToolDecisions } from '../../permissions/tool-decisions.ts';
import type { SessionFacts } from '../../turns/session-facts.ts';
import { createPolicyHook, createWorkingDirHook, noteVerdict } from '../../permissions/tool-call-hooks.ts';

export interface SessionHooksOptions extends Omit<HookDispatcherDeps, 'onVerdict'> {
  decisions: ToolDecisions;
  facts: Pick<SessionFacts, 'noteVerdict'>;
  /** Looks up again what decisions depend on; see `createPolicyHook`. */
  refresh(): Promise<void> | undefined;
  /** Those of the installation. */
  handlers: readonly HookHandler[];
}

/** The hooks of one session: the permission policy, then those of the installation, which can only be stricter. */
export function createSessionHooks({
  decisions,
  facts,
  handlers,
  refresh,
  ...deps
}: SessionHooksOptions): HookDispatcher {
  const hooks = new HookDispatcher({
    ...deps,
    onVerdict(call, verdict) {
      noteVerdict(decisions, call, verdict);
      if (verdict !== undefined) facts.noteVerdict(call.tool_use_id, verdict);
    },
  });
  const own = [createPolicyHook(decisions, { refresh }), createWorkingDirHook(decisions)];
  for (const handler of [...own, ...handlers]) hooks.add(handler);
  return hooks;
}
