export { defineEndpoint, type Endpoint, type EndpointRequest } from './define-endpoint.ts';
export { defineHook, type Hook, type HookAnswers, type HookEvent, type HookInputs } from './define-hook.ts';
export { definePlugin, type Plugin } from './define-plugin.ts';
export { defineTool, type Tool } from './define-tool.ts';
export type { Json } from './json.ts';
export type { PluginContext, PluginLog, ToolContext, ToolProgress } from './plugin-context.ts';
