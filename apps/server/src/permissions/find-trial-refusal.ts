import type { SecretMode } from '@claude-sdk-pattern/protocol';

import type { Role } from '../identity/actor.ts';
import { createPermissionGate } from './gate.ts';
import type { CompiledRules } from './rules/compile-rules.ts';

/** Folders of a session that there is not. */
const FOLDERS = { workspace: '/workspace', home: '/home/agent', config: '/home/agent/.claude' };

/**
 * Why a person may not run a tool by hand, as a sentence; undefined where they may. What the policy denies to an agent of
 * theirs it denies to them, and what a second person has to allow waits for nobody here. Pure.
 */
export function findTrialRefusal(
  { rules, role, secretMode }: { rules: Pick<CompiledRules, 'evaluate'>; role: Role; secretMode: SecretMode },
  call: { toolName: string; input: Readonly<Record<string, unknown>> },
): string | undefined {
  const gate = createPermissionGate({
    guardVerdict: () => undefined,
    secretMode: () => secretMode,
    workspaceDir: () => FOLDERS.workspace,
    homeDir: () => FOLDERS.home,
    configDir: () => FOLDERS.config,
    mode: () => 'default',
    role: () => role,
    toolPolicy: () => 'always_ask',
    sessionRules: () => new Set(),
    platformRules: () => rules,
    isCustomTool: () => false,
    mayRunWithoutApproval: () => false,
    mayNeverAsk: () => false,
  });
  const { permission, reason, terms } = gate.evaluate(call.toolName, call.input);
  if (permission === 'deny') return reason;
  return terms?.fourEyes === true ? 'A rule demands that a second person allows it. Have an agent call it' : undefined;
}
