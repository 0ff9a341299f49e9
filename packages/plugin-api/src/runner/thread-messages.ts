import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';

import type { PluginLog, ToolProgress } from '../plugin-context.ts';
import type { PluginOffer } from './loaded-plugin.ts';
import type { HookCall, HookOutcome } from './run-hook.ts';
import type { PlainRequest, PlainResponse } from './run-endpoint.ts';
import type { ToolCall } from './run-tool.ts';

export type Work =
  | { kind: 'tool'; call: ToolCall; workspace: string }
  | { kind: 'endpoint'; request: PlainRequest }
  | { kind: 'hook'; call: HookCall };

export type Answer =
  | { kind: 'tool'; result: CallToolResult }
  | { kind: 'endpoint'; response: PlainResponse }
  | { kind: 'hook'; outcome: HookOutcome };

export type MessageToThread =
  | { type: 'work'; id: number; work: Work }
  | { type: 'abort'; id: number; reason: string }
  | { type: 'ping' };

export type MessageFromThread =
  | { type: 'loaded'; offer: PluginOffer }
  | { type: 'unusable'; reason: string }
  | { type: 'answered'; id: number; answer: Answer }
  | { type: 'failed'; id: number; reason: string }
  | { type: 'progress'; id: number; progress: ToolProgress }
  | { type: 'logged'; level: keyof PluginLog; message: string }
  | { type: 'pong' };
