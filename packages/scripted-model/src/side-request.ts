import type { Conversation } from './conversation.ts';
import type { MessageRequest } from './message-request.ts';
import { toBlocks, toLastUserText, toText } from './message-request.ts';

/**
 * Why the CLI calls the model. Every purpose except `turn` is a request of the CLI's own, which is not a step of a
 * script.
 */
export type MessageKind = 'turn' | 'title' | 'compaction' | 'suggestion' | 'web_search' | 'structured' | 'side';

/** Recognises the CLI's own requests, as version 2.1.332 sends them. */
export function toMessageKind(request: MessageRequest): MessageKind {
  const words = toLastUserText(request);
  if (
    words.startsWith('CRITICAL: Respond with TEXT ONLY') ||
    /create a detailed summary of (?:the|this|our) conversation/.test(words)
  ) {
    return 'compaction';
  }
  if (words.startsWith('[SUGGESTION MODE')) return 'suggestion';
  const system = toText(request.system);
  if (!system.includes('x-anthropic-billing-header')) return 'turn';
  if (request.tools?.length === 1 && request.tools[0]?.type?.startsWith('web_search')) return 'web_search';
  if (request.output_config?.format !== undefined) return isTitle(request, system) ? 'title' : 'structured';
  return isBare(request) ? 'side' : 'turn';
}

function isTitle(request: MessageRequest, system: string): boolean {
  return system.includes('naming a coding session') || 'title' in toProperties(request.output_config?.format?.schema);
}

/** Requests of a turn manage their context and cache their prompt, even without tools and thinking. */
function isBare(request: MessageRequest): boolean {
  const hasTools = (request.tools?.length ?? 0) > 0;
  const isCached = toBlocks(request.system).some((block) => block.cache_control !== undefined);
  return !hasTools && !isCached && request.context_management === undefined;
}

/** A plausible answer to one of the CLI's own requests. */
export function toSideAnswer(kind: Exclude<MessageKind, 'turn'>, conversation: Conversation): string {
  switch (kind) {
    case 'title':
      return JSON.stringify({ title: toTitle(toLastUserText(conversation.request)) });
    case 'compaction':
      return toSummary(conversation);
    case 'suggestion':
      return 'what can you do?';
    case 'web_search':
      return 'This is an offline model: it cannot search the web, so there are no results.';
    case 'structured':
      return JSON.stringify(toSample(conversation.request.output_config?.format?.schema));
    case 'side':
      return 'OK';
  }
}

const filler =
  /^(?:please|can|could|would|you|i|me|my|a|an|the|to|and|hi|hello|hey|want|need|let|us|write|create|make|show|tell|give|help|with|is|name)$/i;

/** Up to five words about the session's topic. */
function toTitle(words: string): string {
  const session = /<session>([\s\S]*?)<\/session>/.exec(words)?.[1] ?? words;
  const all = session
    .replace(/[`*_#"'<>{}[\]()!?,;:]/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');
  const telling = all.filter((word) => !filler.test(word));
  const title = (telling.length > 0 ? telling : all).slice(0, 5).join(' ').replace(/\.+$/, '').slice(0, 60);
  return title === '' ? 'New session' : title.charAt(0).toUpperCase() + title.slice(1);
}

/** Keeps every text of the person, so that the demo's memory survives a compaction. */
function toSummary(conversation: Conversation): string {
  const said = conversation.userTexts.filter((text) => !text.startsWith('CRITICAL: Respond'));
  const earlier = [...(conversation.summary ?? '').matchAll(/^\s*- (.+)$/gm)].map((line) => line[1] ?? '');
  const lines = [...earlier, ...said].map((text) => `    - ${text.replace(/\s+/g, ' ')}`);
  return `<analysis>\nThe person's messages are what matters.\n</analysis>\n\n<summary>\n6. All user messages:\n${lines.join('\n')}\n</summary>`;
}

function toProperties(schema: unknown): Record<string, unknown> {
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return {};
  const { properties } = schema;
  return typeof properties === 'object' && properties !== null ? Object.fromEntries(Object.entries(properties)) : {};
}

/** The smallest value of a JSON schema. */
function toSample(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return null;
  if ('const' in schema) return schema.const;
  if ('enum' in schema && Array.isArray(schema.enum)) return schema.enum[0] as unknown;
  switch ('type' in schema ? schema.type : undefined) {
    case 'string':
      return '';
    case 'number':
    case 'integer':
      return 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'object':
      return Object.fromEntries(Object.entries(toProperties(schema)).map(([name, value]) => [name, toSample(value)]));
    default:
      return null;
  }
}
