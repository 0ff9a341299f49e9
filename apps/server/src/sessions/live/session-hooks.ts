import { HookDispatcher, type HookDispatcherDeps, type ShellLine } from '../../hooks/hook-dispatcher.ts';
import type { HookHandler } from '../../hooks/hook-handler.ts';
import type { SaidVerdict } from '../../hooks/strictest-verdict.ts';
import type { ToolDecisions } from '../../permissions/tool-decisions.ts';
import type { SessionFacts } from '../../turns/session-facts.ts';
import { createPolicyHook, createWorkingDirHook, noteVerdict } from '../../permissions/tool-call-hooks.ts';

export interface SessionHooksOptions extends Omit<HookDispatcherDeps, 'onVerdict' | 'onShellLine'> {
  decisions: ToolDecisions;
  facts: Pick<SessionFacts, 'noteVerdict'>;
  /** Hears what becomes of a shell line of a skill, before it runs. */
  noteShellLine(line: ShellLine, verdict: SaidVerdict): Promise<void>;
  /** Hears of a call that a hook asks about, beside the policy. */
  onHookAsks(toolUseId: string): void;
  /** Looks up again what decisions depend on; see `createPolicyHook`. */
  refresh(): Promise<void> | undefined;
  /** Those of the installation. */
  handlers: readonly HookHandler[];
}

/** The hooks of one session: the permission policy, then those of the installation, which can only be stricter. */
export function createSessionHooks({
  decisions,
  facts,
  noteShellLine,
  onHookAsks,
  handlers,
  refresh,
  ...deps
}: SessionHooksOptions): HookDispatcher {
  const hooks = new HookDispatcher({
    ...deps,
    onVerdict(call, verdict, noted) {
      const isAsked = noteVerdict(decisions, call, verdict, noted);
      if (verdict !== undefined) facts.noteVerdict(call.tool_use_id, verdict);
      if (isAsked) onHookAsks(call.tool_use_id);
    },
    async onShellLine(line, verdict) {
      // No result will follow.
      decisions.forget(line.tool_use_id);
      await noteShellLine(line, verdict);
    },
  });
  const own = [createPolicyHook(decisions, { refresh }), createWorkingDirHook(decisions)];
  for (const handler of [...own, ...handlers]) hooks.add(handler);
  return hooks;
}
