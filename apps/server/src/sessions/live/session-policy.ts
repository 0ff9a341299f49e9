import { findHiddenTexts, toHidden, type SessionRule } from '@claude-sdk-pattern/protocol';

import { findToolPolicy, type ProfileSettings } from '../../agent-process/options/profile-settings.ts';
import { findCustomTool } from '../../definitions/custom-tools.ts';
import { toMcpServerName } from '../../definitions/mcp-tool-name.ts';
import type { HookDispatcher } from '../../hooks/hook-dispatcher.ts';
import type { Role } from '../../identity/actor.ts';
import { PromptGuard } from '../../hooks/prompt-guard/prompt-guard.ts';
import { createCallPrompt, type CallPrompt } from '../../permissions/call-prompt.ts';
import { createPermissionGate, type PermissionGate, type PermissionGateOptions } from '../../permissions/gate.ts';
import { judgeAppCall, withHooks, type AppCallVerdict, type JudgedCall } from '../../permissions/judge-app-call.ts';
import { createOwnerRole, type OwnerRole } from '../../permissions/owner-role.ts';
import type { SessionApprovalsDeps } from '../../permissions/session-approvals.ts';
import { findUnaskedRefusal } from '../../permissions/unasked-refusal.ts';
import { ToolDecisions } from '../../permissions/tool-decisions.ts';
import { hasCommandHook, hasCommandHooks } from '../../plugins/delivery/has-command-hook.ts';
import type { Session } from '../../store/sessions.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { toShellLineFact, toShellLineNotice } from '../../turns/shell-line-fact.ts';
import type { SessionFacts } from '../../turns/session-facts.ts';
import { hasOpenTurn } from '../../turns/session-turns.ts';
import type { SessionDeps } from '../session-deps.ts';
import type { SessionFolders } from './session-folders.ts';
import type { SessionStates } from './session-states.ts';
import { createPluginRules } from './plugin-rules.ts';
import { createChangedCalls } from './changed-calls.ts';
import { createSessionHooks } from './session-hooks.ts';

export interface SessionPolicyOptions {
  session(): Session;
  logger: Logger;
  facts: SessionFacts;
  folders: Pick<SessionFolders, 'dirs'>;
  /** Folders of the machine in which the session works itself, absolute. */
  ownFolders(): readonly string[];
  states: Pick<SessionStates, 'handler'>;
  /** Rules that people set for the whole session, by their text. */
  rules: ReadonlyMap<string, SessionRule>;
  /** What the current or the last process started with; undefined before the first one. */
  settings(): ProfileSettings | undefined;
  /** CLAUDE_CONFIG_DIR of the running process. */
  configDir(): string;
  /** Whether the agent must not be told now that a task has ended. */
  holdReport(prompt: string): Promise<boolean>;
  /** Hears of a call that the hook of a plugin asks about. */
  onHookAsks(toolUseId: string): void;
  /** Tells the people of the session; a warning by default. */
  notify(text: string, level?: 'info' | 'warning'): void;
}

/** What decides the tool calls of one session. */
export interface SessionPolicy extends Pick<SessionApprovalsDeps, 'findCommandPlugins' | 'decideChanged'> {
  owner: OwnerRole;
  guard: PromptGuard;
  decisions: ToolDecisions;
  onHook: HookDispatcher['onHook'];
  /** As the session's own calls are decided, and for the role of the person whose app it is; the stricter counts. */
  judgeAppCall(role: Role, call: JudgedCall, signal: AbortSignal): Promise<AppCallVerdict>;
  callPrompt: CallPrompt;
}

/** Connects the gate with the session's mode, rules, owner and folders, and with the hooks that only make it stricter. */
export function createSessionPolicy(deps: SessionDeps, options: SessionPolicyOptions): SessionPolicy {
  const { session, settings, folders, rules, logger, facts } = options;
  const { confines, policies, clock } = deps;
  const guard = new PromptGuard({
    mode: () => settings()?.promptGuard ?? deps.promptGuard,
    notify: (text) => options.notify(text),
    findHidden({ tool_use_id: id, tool_name: tool, tool_input }) {
      const input = tool_input as Record<string, unknown>;
      const { secrets } = decisions.decide(id, tool, input);
      return secrets?.areMasked === true ? findHiddenTexts(input, [...secrets.marks].map(toHidden)) : [];
    },
  });
  if (hasOpenTurn(session())) guard.continueUnknownTurn();
  const owner = createOwnerRole({
    ...{ confines, policies, clock, session },
    findRole: (userId) => deps.findRole(userId),
  });
  const pluginRules = createPluginRules(logger);
  const gateOptions: PermissionGateOptions = {
    ...owner,
    workspaceDir: () => folders.dirs.workspace,
    ownFolders: options.ownFolders,
    configDir: options.configDir,
    mode: () => session().permissionMode,
    toolPolicy: (toolName) => {
      const current = settings();
      return current ? findToolPolicy(current, toolName) : 'always_ask';
    },
    mcpServers: () => (settings()?.mcpServers ?? []).map(({ name }) => toMcpServerName(name)),
    isCustomTool: (toolName) => findCustomTool(settings()?.customTools ?? [], toolName) !== undefined,
    sessionRules: () => rules,
    homeDir: () => folders.dirs.home,
    platformRules: () => policies.current.rules,
    pluginRules: () => pluginRules(settings()),
    guardVerdict: (toolName) => guard.judge(toolName),
    secretMode: () => deps.secretsInToolCalls,
  };
  const gate = createPermissionGate(gateOptions);
  const decisions = new ToolDecisions(gate);
  const hooks = createSessionHooks({
    ...{
      sessionId: session().id,
      logger,
      decisions,
      facts,
      handlers: [guard.handler, options.states.handler, ...deps.hookHandlers],
    },
    async noteShellLine(line, verdict) {
      await deps.audit.record(toShellLineFact(session(), line, verdict));
      if (verdict.permission === 'allow') options.notify(toShellLineNotice(line), 'info');
    },
    refresh: () => owner.refresh(),
    listPluginHooks: () => deps.pluginHooks.of(settings()?.plugins ?? []),
    // Made anew for each process.
    findProcess: settings,
    onPluginHook: (text) => options.notify(text),
    onFailure: deps.onHookFailure,
    mayChangeCalls: () => settings()?.plugins.some(hasCommandHooks) === true,
    onHookAsks: options.onHookAsks,
    holdReport: options.holdReport,
  });
  const findCommandPlugins = async (toolName: string) => {
    const plugins = settings()?.plugins ?? [];
    const matches = await Promise.all(plugins.map((plugin) => hasCommandHook(plugin, toolName)));
    return plugins.filter((_, index) => matches[index]);
  };
  const decideChanged = createChangedCalls({
    ...{ session, decisions, hooks, facts, findCommandPlugins, audit: deps.audit },
    workspaceDir: () => folders.dirs.workspace,
    notify: (text) => options.notify(text, 'info'),
  });
  const judge = async (
    gates: readonly PermissionGate[],
    { toolName, input }: JudgedCall,
    signal: AbortSignal,
  ): Promise<AppCallVerdict> => {
    const verdict = judgeAppCall(gates.map((each) => each.evaluate(toolName, input)));
    if (verdict.permission === 'deny') return verdict;
    const [said, plugins] = await Promise.all([
      hooks.judge({ toolName, input, cwd: folders.dirs.workspace }, signal),
      findCommandPlugins(toolName),
    ]);
    return withHooks(verdict, { said, unasked: plugins.map(({ displayName }) => displayName) });
  };
  // The mode says what the agent may do by itself.
  const gateOfPrompts = createPermissionGate({ ...gateOptions, mode: () => 'default' });
  return {
    ...{ owner, guard, decisions, onHook: hooks.onHook, findCommandPlugins, decideChanged },
    async judgeAppCall(role, call, signal) {
      const { policy } = policies.current;
      const ofPerson = createPermissionGate({
        ...{ ...gateOptions, role: () => role },
        mayNeverAsk: () => findUnaskedRefusal({ confines, role, granted: policy.never_ask }) === undefined,
      });
      return judge([gate, ofPerson], call, signal);
    },
    callPrompt: createCallPrompt({
      session,
      async judge(call, signal) {
        await owner.refresh();
        return judge([gateOfPrompts], call, signal);
      },
      record: (fact) => deps.audit.record(fact),
    }),
  };
}
