import { join } from 'node:path';

import type { PermissionMode } from '@claude-sdk-pattern/protocol';

import type { ToolPolicy } from '../definitions/to-process-definition.ts';
import { evaluateToolCall, type PolicyDecision } from './policy.ts';
import { findRealPath, isInside } from './real-path.ts';
import { findToolPaths } from './tool-paths.ts';

/** Decides the tool calls of one session under its current mode and rules. */
export interface PermissionGate {
  evaluate(toolName: string, input: Readonly<Record<string, unknown>>): PolicyDecision;
}

export interface PermissionGateOptions {
  workspaceDir(): string;
  /** CLAUDE_CONFIG_DIR of the running process. */
  configDir(): string;
  mode(): PermissionMode;
  /** What the agent's definition says of a tool. */
  toolPolicy(toolName: string): ToolPolicy;
  sessionRules(): ReadonlySet<string>;
}

export function createPermissionGate(options: PermissionGateOptions): PermissionGate {
  return {
    evaluate(toolName, input) {
      const workspaceDir = options.workspaceDir();
      const paths = findToolPaths(toolName, input).map((path) => findRealPath(path, workspaceDir));
      const allInside = (dir: string) => paths.every((path) => path !== undefined && isInside(path, dir));
      return evaluateToolCall(
        {
          toolName,
          input,
          insideWorkspace: allInside(workspaceDir),
          isPlanFile: paths.length > 0 && allInside(join(options.configDir(), 'plans')),
        },
        { mode: options.mode(), toolPolicy: options.toolPolicy(toolName), sessionRules: options.sessionRules() },
      );
    },
  };
}
