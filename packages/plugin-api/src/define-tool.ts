import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js';
import type { z } from 'zod';

import type { ToolContext } from './plugin-context.ts';

/** A function that an agent can call. */
export interface Tool<Input extends z.ZodObject = z.ZodObject> {
  /** Free: the platform makes names fit the model, and people see this one. */
  name: string;
  /** For people; the name where it is absent. */
  title?: string;
  /** Tells the model what the tool does, and when to use it. */
  description: string;
  /** What it takes. Calls that do not fit are answered without `run`. */
  input: Input;
  /** Hints of MCP, such as `readOnlyHint`. */
  annotations?: ToolAnnotations;
  /**
   * Answers, also with a promise: a text, a value that the model reads as JSON, or a `CallToolResult` of MCP with its own
   * content, such as images. What it throws, the model reads as the failure of this call.
   */
  run(input: z.output<Input>, context: ToolContext): unknown;
}

/** Types a tool from its schema. */
export function defineTool<Input extends z.ZodObject>(tool: Tool<Input>): Tool {
  return tool;
}
