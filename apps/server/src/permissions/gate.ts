import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';

import type { PermissionMode } from '@claude-sdk-pattern/protocol';

import { evaluateToolCall, type PolicyDecision } from './policy.ts';
import { findToolPath } from './tool-class.ts';

/** Decides the tool calls of one session under its current mode and rules. */
export interface PermissionGate {
  evaluate(toolName: string, input: Readonly<Record<string, unknown>>): PolicyDecision;
}

export interface PermissionGateOptions {
  workspaceDir: string;
  /** CLAUDE_CONFIG_DIR of the running process. */
  configDir(): string;
  mode(): PermissionMode;
  sessionRules(): ReadonlySet<string>;
}

export function createPermissionGate(options: PermissionGateOptions): PermissionGate {
  const { workspaceDir } = options;
  return {
    evaluate(toolName, input) {
      const path = findToolPath(input);
      const real = path === undefined ? undefined : toRealPath(resolve(workspaceDir, path));
      return evaluateToolCall(
        {
          toolName,
          input,
          insideWorkspace: real === undefined || isInside(real, toRealPath(workspaceDir)),
          isPlanFile: real !== undefined && isInside(real, toRealPath(join(options.configDir(), 'plans'))),
        },
        { mode: options.mode(), sessionRules: options.sessionRules() },
      );
    },
  };
}

/** The path with all links of its existing part followed, so that a link cannot lead out of the workspace. */
function toRealPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(toRealPath(parent), basename(path));
  }
}

function isInside(path: string, dir: string): boolean {
  return path === dir || path.startsWith(dir + sep);
}
