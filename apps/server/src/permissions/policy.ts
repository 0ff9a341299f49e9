import type { PermissionMode } from '@claude-sdk-pattern/protocol';

import type { ToolPolicy } from '../definitions/tool-policy.ts';
import { toSessionRule } from './session-rule.ts';
import { classifyTool } from './tool-class.ts';

export interface ToolCall {
  toolName: string;
  input: Readonly<Record<string, unknown>>;
  /** Whether the path that the tool works on lies inside the workspace; true for tools without a path. */
  insideWorkspace: boolean;
  /** Whether that path is the plan that Claude Code writes in plan mode, in its own config directory. */
  isPlanFile?: boolean;
  /** Whether it is a command that is known to read only in the workspace. */
  isReadOnlyCommand?: boolean;
}

export interface PolicyContext {
  mode: PermissionMode;
  /** The policy for the tool in the agent's definition; `auto` leaves the decision to the mode. */
  toolPolicy?: ToolPolicy;
  /** Rules that people allowed for this session. */
  sessionRules: Pick<ReadonlySet<string>, 'has'>;
}

export interface PolicyDecision {
  permission: 'allow' | 'ask' | 'deny';
  /** A sentence for people and for the audit. */
  reason: string;
}

/**
 * Decides a tool call. Pure: the same call in the same context is always decided the same way, so that the decision
 * shown in the journal and the one enforced before the tool runs cannot differ. A call that nothing allows is asked
 * about or denied.
 */
export function evaluateToolCall(call: ToolCall, context: PolicyContext): PolicyDecision {
  const { toolPolicy = 'auto' } = context;
  if (toolPolicy === 'disabled') return { permission: 'deny', reason: 'The agent may not use this tool' };
  const toolClass = classifyTool(call.toolName);
  if (toolClass === 'ask') return { permission: 'ask', reason: 'The agent asks you' };
  if (toolClass === 'internal') return { permission: 'allow', reason: 'Changes nothing outside the agent' };
  if (toolPolicy === 'always_ask') return { permission: 'ask', reason: 'The agent must always ask for this tool' };
  if (context.mode === 'bypassPermissions') return { permission: 'allow', reason: 'The session never asks' };
  if (toolClass === 'read' && call.insideWorkspace) return { permission: 'allow', reason: 'Reads in the workspace' };
  // Only Claude Code's own file tools are known to do nothing but read or write that file.
  const worksOnPlan = call.isPlanFile === true && (toolClass === 'edit' || toolClass === 'read');
  if (worksOnPlan && context.mode === 'plan') return { permission: 'allow', reason: 'It writes the plan' };
  if (call.isReadOnlyCommand === true)
    return { permission: 'allow', reason: 'The command only reads in the workspace' };
  if (context.mode === 'plan')
    return { permission: 'deny', reason: 'In plan mode nothing is changed. Present the plan first' };
  if (toolPolicy === 'always_allow') return { permission: 'allow', reason: 'The agent need not ask for this tool' };

  if (toolClass === 'edit' && !call.insideWorkspace)
    return { permission: 'ask', reason: 'The file is outside the workspace' };
  const rule = toSessionRule(call.toolName, call.input);
  if (rule !== undefined && context.sessionRules.has(rule.rule))
    return { permission: 'allow', reason: `Allowed for this session: ${rule.rule}` };
  if (toolClass === 'edit' && context.mode === 'acceptEdits')
    return { permission: 'allow', reason: 'The session accepts edits' };
  return { permission: 'ask', reason: ASK_REASONS[toolClass] };
}

const ASK_REASONS = {
  read: 'The file is outside the workspace',
  edit: 'It changes a file',
  shell: 'The command may change something',
  network: 'It reaches the network',
  external: 'It is a tool from outside the platform',
} as const;
