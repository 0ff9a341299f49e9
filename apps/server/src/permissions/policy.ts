import type { DecisionSource, PermissionMode } from '@claude-sdk-pattern/protocol';

import type { ToolPolicy } from '../definitions/tool-policy.ts';
import { isStricter } from '../hooks/strictest-verdict.ts';
import type { AskTerms, RuleAnswer } from './rules/compile-rules.ts';
import { toSessionRule } from './session-rule.ts';
import { classifyTool } from './tool-class.ts';

export interface ToolCall {
  toolName: string;
  input: Readonly<Record<string, unknown>>;
  /** Whether the path that the tool works on lies inside the workspace; true for tools without a path. */
  insideWorkspace: boolean;
  /** Whether that path is the plan that Claude Code writes in plan mode, in its own config directory. */
  isPlanFile?: boolean;
  /** Whether that path is a result of its own tools, which Claude Code wrote to a file because it is long. */
  isResultFile?: boolean;
  /** Whether it is a command that is known to read only in the workspace. */
  isReadOnlyCommand?: boolean;
}

export interface PolicyContext {
  /** What the rules of the platform say. */
  ruleAnswer?: RuleAnswer | undefined;
  /** What was granted to the plugins of the session's process: calls that run without being asked about. */
  pluginAnswer?: RuleAnswer | undefined;
  mode: PermissionMode;
  /** The policy for the tool in the agent's definition; `auto` leaves the decision to the mode. */
  toolPolicy?: ToolPolicy;
  /** Rules that people allowed for this session. */
  sessionRules: Pick<ReadonlySet<string>, 'has'>;
}

export interface PolicyDecision {
  permission: 'allow' | 'ask' | 'deny';
  /** A sentence for people, for the agent and for the audit. */
  reason: string;
  source: DecisionSource;
  /** Of `ask`: what the rules say of how it is answered; absent where they say nothing. */
  terms?: AskTerms | undefined;
}

/** What one layer says of a call; undefined leaves it to the others. */
type Layer = (call: ToolCall, context: PolicyContext) => PolicyDecision | undefined;

/** Any of them can be stricter than the others; where two say the same, the earlier is named. */
const LAYERS: readonly Layer[] = [askRules, askAgent, askSession, askPlugins];

/**
 * Decides a tool call: deny wins, then ask, then allow; what no layer speaks of is decided by what the tool does. Pure: the
 * same call in the same context is always decided the same way, so that the decision shown in the journal and the one
 * enforced before the tool runs cannot differ. Denies and asks when in doubt.
 */
export function evaluateToolCall(call: ToolCall, context: PolicyContext): PolicyDecision {
  let strictest: PolicyDecision | undefined;
  for (const layer of LAYERS) {
    const decision = layer(call, context);
    if (decision !== undefined && (strictest === undefined || isStricter(decision.permission, strictest.permission)))
      strictest = decision;
  }
  return strictest ?? decideByTool(call);
}

function askRules(_call: ToolCall, { ruleAnswer }: PolicyContext): PolicyDecision | undefined {
  if (ruleAnswer === undefined) return undefined;
  const { effect, rules, isMaybe, terms } = ruleAnswer;
  const rule = rules.map((each) => each.rule).join(', ');
  const layer = rules.some(({ roles }) => roles !== undefined) ? 'role' : 'platform';
  const ofWhom = layer === 'role' ? 'for your role' : 'of the platform';
  const [first] = rules;
  const told = isMaybe
    ? `It may be what a rule ${ofWhom} speaks of: ${rule}`
    : `${RULE_VERBS[effect]} ${ofWhom}: ${rule}`;
  return { permission: effect, reason: first?.reason ?? told, source: { layer, rule }, ...(terms && { terms }) };
}

const RULE_VERBS = { allow: 'Allowed by a rule', ask: 'Asked for by a rule', deny: 'Denied by a rule' } as const;

function askAgent(call: ToolCall, { toolPolicy = 'auto' }: PolicyContext): PolicyDecision | undefined {
  const decide = (permission: PolicyDecision['permission'], reason: string): PolicyDecision => ({
    ...{ permission, reason },
    source: { layer: 'agent', rule: null },
  });
  if (toolPolicy === 'disabled') return decide('deny', 'The agent may not use this tool');
  const toolClass = classifyTool(call.toolName);
  if (toolClass === 'ask') return decide('ask', 'The agent asks you');
  if (toolClass === 'internal' || toolPolicy === 'auto') return undefined;
  return toolPolicy === 'always_ask'
    ? decide('ask', 'The agent must always ask for this tool')
    : decide('allow', 'The agent need not ask for this tool');
}

function askSession(call: ToolCall, { mode, sessionRules }: PolicyContext): PolicyDecision | undefined {
  const decide = (permission: PolicyDecision['permission'], reason: string, rule: string | null = null) => ({
    ...{ permission, reason },
    source: { layer: 'session' as const, rule },
  });
  const toolClass = classifyTool(call.toolName);
  if (toolClass === 'ask' || toolClass === 'internal') return undefined;
  if (mode === 'bypassPermissions') return decide('allow', 'The session never asks');
  if (mode === 'plan' && !onlyReads(call)) {
    // Only of Claude Code's own file tools is it known that writing there is all that they do.
    const worksOnPlan = call.isPlanFile === true && (toolClass === 'edit' || toolClass === 'read');
    if (worksOnPlan) return decide('allow', 'It writes the plan');
    return decide('deny', 'In plan mode nothing is changed. Present the plan first');
  }
  if (toolClass === 'edit' && !call.insideWorkspace) return undefined;
  const rule = toSessionRule(call.toolName, call.input)?.rule;
  if (rule !== undefined && sessionRules.has(rule)) return decide('allow', `Allowed for this session: ${rule}`, rule);
  if (toolClass === 'edit' && mode === 'acceptEdits') return decide('allow', 'The session accepts edits');
  return undefined;
}

function askPlugins(_call: ToolCall, { pluginAnswer }: PolicyContext): PolicyDecision | undefined {
  if (pluginAnswer?.effect !== 'allow' || pluginAnswer.isMaybe) return undefined;
  const rule = pluginAnswer.rules.map((each) => each.rule).join(', ');
  return { permission: 'allow', reason: `Granted to a plugin: ${rule}`, source: { layer: 'plugin', rule } };
}

function decideByTool(call: ToolCall): PolicyDecision {
  const source = { layer: 'default', rule: null } as const;
  const toolClass = classifyTool(call.toolName);
  if (toolClass === 'internal') return { permission: 'allow', reason: 'Changes nothing outside the agent', source };
  if (onlyReads(call)) {
    const reason = toolClass === 'read' ? 'Reads in the workspace' : 'The command only reads in the workspace';
    return { permission: 'allow', reason, source };
  }
  const isOutside = toolClass === 'edit' && !call.insideWorkspace;
  return { permission: 'ask', reason: isOutside ? OUTSIDE : ASK_REASONS[toolClass], source };
}

function onlyReads(call: ToolCall): boolean {
  const readsInside = classifyTool(call.toolName) === 'read' && (call.insideWorkspace || call.isResultFile === true);
  return readsInside || call.isReadOnlyCommand === true;
}

const OUTSIDE = 'The file is outside the workspace';
const ASK_REASONS = {
  ask: 'The agent asks you',
  read: OUTSIDE,
  edit: 'It changes a file',
  shell: 'The command may change something',
  network: 'It reaches the network',
  external: 'It is a tool from outside the platform',
} as const;
