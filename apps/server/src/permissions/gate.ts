import { join } from 'node:path';

import type { PermissionMode, SecretMode } from '@claude-sdk-pattern/protocol';

import { RESOURCE_LIST_TOOL, RESOURCE_TOOL, toResourceToolName } from '../definitions/mcp-tool-name.ts';
import type { ToolPolicy } from '../definitions/tool-policy.ts';
import { evaluateToolCall, type PolicyContext, type PolicyDecision } from './policy.ts';
import type { HookVerdict } from '../hooks/hook-handler.ts';
import { isStricter } from '../hooks/strictest-verdict.ts';
import type { Role } from '../identity/actor.ts';
import type { CompiledRules } from './rules/compile-rules.ts';
import { toRuledCall } from './rules/to-ruled-call.ts';
import { isReadOnlyCommand } from './read-only-command.ts';
import { findRealPath, findRealWord, isFolder, isInside } from '../workspaces/real-path.ts';
import { judgeSecrets, type SecretsOfCall } from './secrets/judge-secrets.ts';
import { toSessionRule, type CallRule } from './session-rule.ts';
import { classifyTool } from './tool-class.ts';
import { findToolPaths } from './tool-paths.ts';

export interface GateDecision extends PolicyDecision {
  /** For `ask`: the rule that would allow the same call for the rest of the session; undefined if there is none. */
  rule: CallRule | undefined;
  /** Absent where the input holds none that was found. */
  secrets?: SecretsOfCall;
}

/** Decides the tool calls of one session under its current mode and rules. */
export interface PermissionGate {
  /** `workingDir` is the folder of the agent's commands and relative paths; by default the workspace. */
  evaluate(toolName: string, input: Readonly<Record<string, unknown>>, workingDir?: string): GateDecision;
}

export interface PermissionGateOptions {
  workspaceDir(): string;
  /** Folders beside the workspace that count as a part of it; absolute, without links. */
  ownFolders?(): readonly string[];
  /** CLAUDE_CONFIG_DIR of the running process. */
  configDir(): string;
  /** HOME of the running process. */
  homeDir(): string;
  mode(): PermissionMode;
  /** The policy for a tool in the agent's definition. */
  toolPolicy(toolName: string): ToolPolicy;
  sessionRules(): PolicyContext['sessionRules'];
  /** The rules of the platform that are in force now. */
  platformRules(): Pick<CompiledRules, 'evaluate'>;
  /** Whether a program of the client runs the tool. */
  isCustomTool(toolName: string): boolean;
  /** What was granted to the plugins of the running process; only what allows counts. */
  pluginRules?(): Pick<CompiledRules, 'evaluate'>;
  /** The MCP servers of the running process, by their names in the CLI. */
  mcpServers?(): readonly string[];
  /** Of the session's owner. */
  role(): Role;
  /** Whether tools that touch the host may run without approval where the agent says so; see `findUnaskedToolRefusal`. */
  mayRunWithoutApproval(): boolean;
  /** What the prompt guard says of a call to this tool; undefined where it has no say. */
  guardVerdict(toolName: string): HookVerdict | undefined;
  secretMode(): SecretMode;
  /** Whether the session may have the mode that never asks; see `findUnaskedRefusal`. */
  mayNeverAsk(): boolean;
}

/** A longer command never counts as read-only, because each of its words would be looked up in the file system. */
const MAX_COMMAND_CHARS = 4096;

export function createPermissionGate(options: PermissionGateOptions): PermissionGate {
  const gate: PermissionGate = {
    evaluate(toolName, input, workingDir = options.workspaceDir()) {
      const workspaceDir = options.workspaceDir();
      const named = findToolPaths(toolName, input);
      const paths = named.map((path) => findRealPath(path, workingDir));
      const allInside = (dir: string) => {
        const realDir = findRealPath(dir, workspaceDir);
        return paths.every((path) => isInside(path, realDir));
      };
      const ownDirs = [workspaceDir, ...(options.ownFolders?.() ?? [])].map((dir) => findRealPath(dir, workspaceDir));
      const isOwn = (path: string | undefined) => ownDirs.some((dir) => isInside(path, dir));
      const readsOnly = (command: unknown) =>
        isReadOnlyCall({ toolName, command, isOwn }, { workspaceDir, workingDir });
      const call = {
        toolName,
        input,
        insideWorkspace: paths.every(isOwn),
        isResultFile: paths.length > 0 && allInside(join(options.configDir(), 'projects')) && paths.every(isResultFile),
        isPlanFile: paths.length > 0 && allInside(join(options.configDir(), 'plans')),
        isReadOnlyCommand: readsOnly(input['command']),
      };
      const ruled = toRuledCall(
        { toolName, input, paths: named, readsOnly },
        { workspaceDir, workingDir, homeDir: options.homeDir() },
      );
      const ruleAnswer = options.platformRules().evaluate(ruled, options.role());
      const pluginAnswer = options.pluginRules?.().evaluate(ruled, options.role());
      const context = { ...toContext(toolName, options), ruleAnswer, pluginAnswer };
      const ofLayers = evaluateToolCall(call, { ...context, sessionRules: options.sessionRules() });
      const { secrets, verdict } = judgeSecrets(options.secretMode(), { toolName, input });
      const decision = verdict === undefined ? ofLayers : toStricter(ofLayers, verdict);
      const marked = secrets && { secrets };
      const guard = options.guardVerdict(toolName);
      if (guard !== undefined && isStricter(guard.permission, decision.permission)) {
        return { ...guard, source: { layer: 'hook', rule: null }, rule: undefined, ...marked };
      }
      // A rule would keep the secret, and it could not lift the verdict.
      if (secrets !== undefined || verdict !== undefined) return { ...decision, rule: undefined, ...marked };
      const rule = decision.permission === 'ask' ? toSessionRule(toolName, input) : undefined;
      const withRule = rule && evaluateToolCall(call, { ...context, sessionRules: new Set([rule.rule]) });
      return { ...decision, rule: withRule?.permission === 'allow' ? rule : undefined };
    },
  };
  const decide: PermissionGate['evaluate'] = (toolName, input, workingDir) => {
    const decision = gate.evaluate(toolName, input, workingDir);
    if (toolName === RESOURCE_LIST_TOOL) return decideList(input) ?? decision;
    const ofServer = toResourceToolName(toolName, input);
    return ofServer === undefined ? decision : toResourceDecision(gate.evaluate(ofServer, input, workingDir), decision);
  };
  /**
   * The CLI (2.1.332) keeps the lists of all servers, whatever is denied later. So the list of a server of which nothing may be
   * read is denied, and the list of all where there is such a server.
   */
  const decideList = ({ server }: Readonly<Record<string, unknown>>): GateDecision | undefined => {
    const names = typeof server === 'string' && server !== '' ? [server] : (options.mcpServers?.() ?? []);
    for (const name of names) {
      const decision = decide(RESOURCE_TOOL, { server: name, uri: '' });
      // The mode of the session may be another soon.
      if (decision.permission !== 'deny' || decision.source.layer === 'session') continue;
      const reason = `Nothing of the MCP server ${name} may be read (${decision.reason}). Name another server`;
      return { ...decision, reason };
    }
    return undefined;
  };
  return {
    evaluate(toolName, input, workingDir) {
      const decision = decide(toolName, input, workingDir);
      return options.isCustomTool(toolName) ? toCustomDecision(decision) : decision;
    },
  };
}

/** A resource is read as a tool of its server is called, unless a rule names the tool that reads resources. */
function toResourceDecision(ofServer: GateDecision, ofTool: GateDecision): GateDecision {
  if (!['platform', 'role'].includes(ofTool.source.layer)) return ofServer;
  const decides = ofServer.source.layer === 'default' || isStricter(ofTool.permission, ofServer.permission);
  return decides ? { ...ofTool, rule: ofServer.rule } : ofServer;
}

/** The call of a custom tool waits for its program, whatever people would be asked; it runs nothing here. */
function toCustomDecision(decision: GateDecision): GateDecision {
  if (decision.permission === 'deny') return decision;
  const { secrets } = decision;
  return {
    ...{ permission: 'ask', reason: 'A program of the client runs it', source: { layer: 'agent', rule: null } },
    ...{ rule: undefined, ...(secrets && { secrets }) },
  };
}

/** Whether it lies where the CLI writes results that are too long for the model (2.1.332). */
function isResultFile(path: string | undefined): boolean {
  return path?.includes('/tool-results/') === true;
}

/** Where both say the same, the one that says more: that secrets were found, before what any tool of the kind may do. */
function toStricter(decision: PolicyDecision, verdict: PolicyDecision): PolicyDecision {
  if (isStricter(verdict.permission, decision.permission)) return verdict;
  return verdict.permission === decision.permission && decision.source.layer === 'default' ? verdict : decision;
}

/** The tools of MCP servers do not touch the host, so an agent's definition may always allow them. */
function toContext(toolName: string, options: PermissionGateOptions): Pick<PolicyContext, 'mode' | 'toolPolicy'> {
  const mode = options.mode();
  const toolPolicy = options.toolPolicy(toolName);
  const isHeld = toolPolicy === 'always_allow' && !options.mayRunWithoutApproval();
  return {
    mode: mode === 'bypassPermissions' && !options.mayNeverAsk() ? 'default' : mode,
    toolPolicy: isHeld && classifyTool(toolName) !== 'external' ? 'auto' : toolPolicy,
  };
}

function isReadOnlyCall(
  { toolName, command, isOwn }: { toolName: string; command: unknown; isOwn(path: string | undefined): boolean },
  { workspaceDir, workingDir }: { workspaceDir: string; workingDir: string },
): boolean {
  if (toolName !== 'Bash' || typeof command !== 'string' || command.length > MAX_COMMAND_CHARS) return false;
  const here = findRealPath(workingDir, workspaceDir);
  // A command that names no path reads its working directory.
  if (here === undefined || !isOwn(here)) return false;
  return isReadOnlyCommand(command, {
    isInside: (word) => isOwn(findRealWord(word, here)),
    isFolder: (word) => isFolder(findRealWord(word, here)),
  });
}
