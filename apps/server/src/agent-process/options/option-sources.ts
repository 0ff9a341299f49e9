import type { Options } from '@anthropic-ai/claude-agent-sdk';

/**
 * Where the value of an option comes from. `start`: `buildOptions` makes it from what the process is started with.
 * `process`: the `AgentProcess` itself brings it. `unset`: deliberately left to the Agent SDK and the CLI.
 */
export type OptionSource = { setBy: 'start' | 'process'; value: string } | { setBy: 'unset'; reason: string };

/**
 * Every option of the Agent SDK (0.3.332), in the order of its types. The compiler fails here when an upgrade adds or
 * removes one, and in `completeOptions` when an option with `setBy: 'process'` is missing there.
 */
export const OPTION_SOURCES = {
  abortController: { setBy: 'unset', reason: 'a process is ended by closing its input, then by signals of the host' },
  additionalDirectories: { setBy: 'start', value: 'folders of the machine in which the session works itself' },
  projectConfigRoot: { setBy: 'unset', reason: 'no settings of a project are read' },
  agent: { setBy: 'unset', reason: 'the definition of the agent is given as system prompt, tools and model' },
  agents: { setBy: 'unset', reason: 'agent definitions name no subagents' },
  allowedTools: {
    setBy: 'unset',
    reason: 'it lets tools run without approval; the permission policy decides about every call',
  },
  canUseTool: { setBy: 'process', value: 'the approvals of the session' },
  continue: { setBy: 'unset', reason: 'a session resumes its own transcript by id' },
  cwd: { setBy: 'start', value: 'the workspace of the session' },
  disallowedTools: { setBy: 'start', value: 'the tools that the agent definition does not enable' },
  toolAliases: { setBy: 'unset', reason: 'no tool stands in for another' },
  tools: {
    setBy: 'start',
    value: 'the tools that the agent definition enables; `Skill` and `Agent` where a plugin brings some',
  },
  env: { setBy: 'start', value: 'an environment of its own, with nothing of the server in it' },
  executable: { setBy: 'unset', reason: 'the CLI that comes with the SDK is a program by itself' },
  executableArgs: { setBy: 'unset', reason: 'as for `executable`' },
  extraArgs: { setBy: 'unset', reason: 'no argument is needed that has no option' },
  fallbackModel: { setBy: 'unset', reason: 'the model gateway retries; a session keeps its model' },
  enableFileCheckpointing: { setBy: 'unset', reason: 'files are not rewound' },
  toolConfig: { setBy: 'unset', reason: 'the tools keep their defaults' },
  forkSession: { setBy: 'unset', reason: 'the platform copies the transcript when it forks a session' },
  betas: { setBy: 'unset', reason: 'the CLI chooses the beta headers' },
  hooks: { setBy: 'process', value: 'the hook dispatcher of the session' },
  onElicitation: { setBy: 'unset', reason: 'MCP servers ask people by way of the relay, past the CLI' },
  onUserDialog: { setBy: 'unset', reason: 'the web client has no dialogs of the CLI' },
  supportedDialogKinds: { setBy: 'unset', reason: 'as for `onUserDialog`' },
  perTaskStopAffordance: {
    setBy: 'start',
    value: '`true`: an interrupt stops the turn, and people stop tasks beside it one by one',
  },
  persistSession: { setBy: 'unset', reason: 'on by default, and the transcript store needs it' },
  sessionStore: { setBy: 'process', value: 'the transcript store of the platform' },
  sessionStoreFlush: { setBy: 'start', value: '`eager`' },
  loadTimeoutMs: { setBy: 'unset', reason: 'the limit of the SDK, 60 s, is kept' },
  includeHookEvents: {
    setBy: 'start',
    value: '`true` where a hook of a plugin runs, so that people hear when it fails',
  },
  includePartialMessages: { setBy: 'start', value: '`true`' },
  forwardSubagentText: { setBy: 'start', value: '`true`' },
  verbatimPrompts: { setBy: 'unset', reason: 'people may use slash commands and `@` paths' },
  thinking: { setBy: 'unset', reason: 'the model decides how much it thinks; see `effort`' },
  effort: { setBy: 'start', value: 'the agent definition, where it names one' },
  maxThinkingTokens: { setBy: 'unset', reason: 'deprecated by the SDK' },
  maxTurns: { setBy: 'unset', reason: 'a turn ends when its work ends, or people interrupt it' },
  maxBudgetUsd: { setBy: 'unset', reason: 'sessions have no budget in the CLI' },
  taskBudget: { setBy: 'unset', reason: 'as for `maxBudgetUsd`' },
  mcpServers: { setBy: 'process', value: 'relays to the MCP servers of the agent definition and of plugins' },
  mcpServersDelivery: { setBy: 'start', value: '`initialize`' },
  model: { setBy: 'start', value: 'the model of the session, where there is one' },
  outputFormat: { setBy: 'unset', reason: 'sessions have no structured output' },
  pathToClaudeCodeExecutable: { setBy: 'unset', reason: 'the CLI that comes with the SDK is used' },
  permissionMode: { setBy: 'start', value: '`plan` or `default`; the permission policy does the rest' },
  planModeInstructions: { setBy: 'unset', reason: 'the words of the CLI are kept' },
  allowDangerouslySkipPermissions: { setBy: 'unset', reason: 'never: the permission policy decides about every call' },
  permissionPromptToolName: { setBy: 'unset', reason: '`canUseTool` answers' },
  permissionPrompts: { setBy: 'unset', reason: 'the default, `host`, asks `canUseTool`' },
  plugins: {
    setBy: 'start',
    value: 'a folder for each active plugin with skills, commands, subagents, or hooks that were granted',
  },
  pluginDelivery: { setBy: 'start', value: '`initialize`, where there are `plugins`' },
  promptSuggestions: { setBy: 'unset', reason: 'a model call that nobody asked for' },
  agentProgressSummaries: { setBy: 'unset', reason: 'a model call that nobody asked for' },
  resume: { setBy: 'start', value: 'the id of the transcript, where the store has one' },
  sessionId: { setBy: 'start', value: 'the id of the transcript, where it is new' },
  resumeSessionAt: { setBy: 'unset', reason: 'conversations are not rewound' },
  resumeDropsTurn: { setBy: 'unset', reason: 'as for `resumeSessionAt`' },
  sandbox: { setBy: 'unset', reason: 'the host puts the whole process into a sandbox' },
  settings: { setBy: 'unset', reason: 'what it could say is said by options' },
  managedSettings: { setBy: 'unset', reason: 'as for `settings`' },
  settingSources: { setBy: 'start', value: 'none: settings can bring hooks, that is commands nobody was asked about' },
  skills: { setBy: 'unset', reason: 'every skill of the plugins is offered' },
  debug: { setBy: 'unset', reason: 'debug output of the CLI is not kept' },
  debugFile: { setBy: 'unset', reason: 'as for `debug`' },
  stderr: { setBy: 'unset', reason: 'the host reads the error output of the process' },
  strictMcpConfig: { setBy: 'start', value: '`true`: no MCP servers but those of the agent definition and of plugins' },
  systemPrompt: { setBy: 'start', value: 'the agent definition; without one the preset `claude_code`' },
  title: { setBy: 'unset', reason: 'the platform keeps the title of a session' },
  spawnClaudeCodeProcess: { setBy: 'process', value: 'the host of the agent process' },
} as const satisfies Record<keyof Options, OptionSource>;

type FieldSetBy<Setter extends OptionSource['setBy']> = {
  [Field in keyof Options]-?: (typeof OPTION_SOURCES)[Field]['setBy'] extends Setter ? Field : never;
}[keyof Options];

/** What `buildOptions` makes. */
export type StartOptions = Pick<Options, FieldSetBy<'start'>>;

/** What the `AgentProcess` brings. */
export type ProcessOptions = Required<Pick<Options, FieldSetBy<'process'>>>;
