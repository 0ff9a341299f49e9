/**
 * What a tool of Claude Code does, as far as permission is concerned:
 * `read` looks at files, `edit` changes them, `shell` runs commands, `network` leaves the machine, `ask` is a question
 * to a person, `internal` changes only the agent's own state, `external` is a tool that we do not know, MCP included.
 */
export type ToolClass = 'read' | 'edit' | 'shell' | 'network' | 'ask' | 'internal' | 'external';

const CLASSES: Readonly<Record<string, ToolClass>> = {
  Read: 'read',
  Glob: 'read',
  Grep: 'read',
  LSP: 'read',
  NotebookRead: 'read',
  Edit: 'edit',
  MultiEdit: 'edit',
  Write: 'edit',
  NotebookEdit: 'edit',
  Bash: 'shell',
  PowerShell: 'shell',
  Monitor: 'shell',
  WebFetch: 'network',
  WebSearch: 'network',
  AskUserQuestion: 'ask',
  ExitPlanMode: 'ask',
  Agent: 'internal',
  Task: 'internal',
  TaskStop: 'internal',
  TaskOutput: 'internal',
  TaskCreate: 'internal',
  TaskGet: 'internal',
  TaskUpdate: 'internal',
  TaskList: 'internal',
  TodoWrite: 'internal',
  EnterPlanMode: 'internal',
  Skill: 'internal',
  ToolSearch: 'internal',
  // Names and addresses; what a resource holds is read by a call of its own.
  ListMcpResourcesTool: 'internal',
  ReadMcpResourceTool: 'external',
  ListAgents: 'internal',
  SendMessage: 'internal',
  BashOutput: 'internal',
  KillShell: 'internal',
  StructuredOutput: 'internal',
};

export function classifyTool(toolName: string): ToolClass {
  // A tool may have the name of a property that every object has, such as `constructor`.
  return Object.hasOwn(CLASSES, toolName) ? (CLASSES[toolName] ?? 'external') : 'external';
}

/** Whether Claude Code itself has a tool of this name. */
export function isBuiltInTool(toolName: string): boolean {
  return Object.hasOwn(CLASSES, toolName);
}

/** Whether Claude Code has a tool of this name, or it is the name of an MCP server's tool. */
export function isKnownTool(toolName: string): boolean {
  return isBuiltInTool(toolName) || toolName.startsWith('mcp__');
}
