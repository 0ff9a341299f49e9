import type { MessageCreateParams } from '@anthropic-ai/sdk/resources/messages';

/** A content block of a request, with only what the scripted model reads. */
export interface RequestBlock {
  type: string;
  text?: string;
  id?: string;
  name?: string;
  input?: unknown;
  tool_use_id?: string;
  content?: string | RequestBlock[];
  is_error?: boolean;
  cache_control?: unknown;
}

/** A message of a request. The CLI also sends the role `system` between the others. */
export interface RequestMessage {
  role: 'user' | 'assistant' | 'system';
  content: string | RequestBlock[];
}

/** The body of `POST /v1/messages`. Loosely typed: the CLI uses beta fields that the stable type does not name. */
export interface MessageRequest {
  model: MessageCreateParams['model'];
  messages: RequestMessage[];
  max_tokens?: number;
  stream?: boolean;
  system?: string | RequestBlock[];
  tools?: { name?: string; type?: string; description?: string; input_schema?: unknown }[];
  metadata?: { user_id?: string | null };
  thinking?: { type: string };
  context_management?: unknown;
  output_config?: { format?: { type: string; schema?: unknown } };
}

/** What is wrong with a body, in the API's words; undefined if it is valid. */
export function findRequestProblem(body: unknown, requires: readonly string[]): string | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'Input should be a valid dictionary';
  const fields = new Map<string, unknown>(Object.entries(body));
  for (const name of requires) if (!fields.has(name)) return `${name}: Field required`;
  const messages = fields.get('messages');
  if (!Array.isArray(messages)) return 'messages: Input should be a valid array';
  if (messages.length === 0) return 'messages: at least one message is required';
  const bad = messages.findIndex((message) => !isMessage(message));
  return bad < 0 ? undefined : `messages.${bad}: Input should have a role and content`;
}

function isMessage(value: unknown): value is RequestMessage {
  if (typeof value !== 'object' || value === null || !('role' in value) || !('content' in value)) return false;
  const { role, content } = value;
  if (role !== 'user' && role !== 'assistant' && role !== 'system') return false;
  return typeof content === 'string' || (Array.isArray(content) && content.every(isBlock));
}

function isBlock(value: unknown): value is RequestBlock {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** A message's content as blocks. */
export function toBlocks(content: string | readonly RequestBlock[] | undefined): readonly RequestBlock[] {
  if (content === undefined) return [];
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/** The text of all blocks, joined by line breaks. */
export function toText(content: string | readonly RequestBlock[] | undefined): string {
  return toBlocks(content)
    .map((block) => block.text ?? '')
    .filter((text) => text !== '')
    .join('\n');
}

/** The text of the last user message, including reminders. */
export function toLastUserText(request: MessageRequest): string {
  return toText(request.messages.findLast((message) => message.role === 'user')?.content);
}
