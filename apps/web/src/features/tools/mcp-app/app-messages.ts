/** The revision of MCP Apps (SEP-1865) that this host speaks. */
export const REVISION = '2026-01-26';

/** What an app wants a person to do, or to allow. */
export type AppWish =
  | { kind: 'link'; url: string; host: string }
  | { kind: 'message'; text: string }
  /** `reason`: why a person has to allow it, as a sentence. */
  | {
      kind: 'call';
      tool: string;
      input: Readonly<Record<string, unknown>>;
      reason: string;
      /** Whether the tool may be allowed for this app, whatever its input. */
      mayAllowTool: boolean;
    }
  | { kind: 'read'; uri: string; reason: string };

/** What an app wants of the server that brought it. */
export type ServerRequest =
  | { kind: 'call'; tool: string; input: Readonly<Record<string, unknown>> }
  | { kind: 'read'; uri: string };

export type AppRequestId = string | number;

/** A message of an app, as far as this host knows it. */
export type AppMessage =
  | { kind: 'initialize'; id: AppRequestId }
  | { kind: 'initialized' }
  | { kind: 'height'; px: number }
  | { kind: 'wish'; id: AppRequestId; wish: AppWish }
  | { kind: 'server'; id: AppRequestId; request: ServerRequest }
  | { kind: 'mode'; id: AppRequestId }
  | { kind: 'ping'; id: AppRequestId }
  | { kind: 'refused'; id: AppRequestId; code: number; message: string }
  | { kind: 'ignored' };

/** What JSON-RPC and the specification say. */
const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;

const MAX_URL_CHARS = 2048;
const MAX_TEXT_CHARS = 8000;
const MAX_TOOL_CHARS = 256;
/** As JSON. A person reads it before it is sent. */
const MAX_INPUT_CHARS = 100_000;

/** Reads a message that a frame has posted. Whatever is not as specified is refused or ignored, never an error. */
export function readAppMessage(data: unknown): AppMessage {
  if (!isRecord(data) || data['jsonrpc'] !== '2.0' || typeof data['method'] !== 'string') return { kind: 'ignored' };
  const { method, id } = data;
  const params = isRecord(data['params']) ? data['params'] : {};
  if (typeof id !== 'string' && typeof id !== 'number') return readNotification(method, params);
  switch (method) {
    case 'ui/initialize':
      return { kind: 'initialize', id };
    case 'ping':
      return { kind: 'ping', id };
    case 'ui/request-display-mode':
      return { kind: 'mode', id };
    case 'ui/open-link':
      return toWish(id, readLink(params['url']), 'Only http and https addresses can be opened');
    case 'ui/message':
      return toWish(id, readText(params), `A message is a text of at most ${MAX_TEXT_CHARS} characters`);
    case 'tools/call':
      return toServerRequest(id, readCall(params), 'A call names a tool and has an object as arguments');
    case 'resources/read':
      return toServerRequest(id, readUri(params['uri']), 'A resource is named by its address');
    default: {
      const message = `This host does not offer ${method.slice(0, 100)} to apps`;
      return { kind: 'refused', id, code: METHOD_NOT_FOUND, message };
    }
  }
}

function readNotification(method: string, params: Readonly<Record<string, unknown>>): AppMessage {
  if (method === 'ui/notifications/initialized') return { kind: 'initialized' };
  const px = params['height'];
  if (method === 'ui/notifications/size-changed' && typeof px === 'number' && Number.isFinite(px))
    return { kind: 'height', px };
  return { kind: 'ignored' };
}

function toWish(id: AppRequestId, wish: AppWish | null, message: string): AppMessage {
  return wish === null ? { kind: 'refused', id, code: INVALID_PARAMS, message } : { kind: 'wish', id, wish };
}

function toServerRequest(id: AppRequestId, request: ServerRequest | null, message: string): AppMessage {
  return request === null ? { kind: 'refused', id, code: INVALID_PARAMS, message } : { kind: 'server', id, request };
}

function readCall({ name, arguments: input = {} }: Readonly<Record<string, unknown>>): ServerRequest | null {
  if (typeof name !== 'string' || name === '' || name.length > MAX_TOOL_CHARS || !isRecord(input)) return null;
  const json = toJson(input);
  // What JSON does not have would be shown to the person otherwise than it is sent.
  return json === null ? null : { kind: 'call', tool: name, input: JSON.parse(json) as Record<string, unknown> };
}

function readUri(uri: unknown): ServerRequest | null {
  return typeof uri === 'string' && uri !== '' && uri.length <= MAX_URL_CHARS ? { kind: 'read', uri } : null;
}

/** Null where it is too long, or cannot be written. */
function toJson(value: object): string | null {
  try {
    const json = JSON.stringify(value);
    return json.length > MAX_INPUT_CHARS ? null : json;
  } catch {
    return null;
  }
}

function readLink(given: unknown): AppWish | null {
  if (typeof given !== 'string' || given.length > MAX_URL_CHARS || !URL.canParse(given)) return null;
  const { protocol, host, href, username, password } = new URL(given);
  // A name before the host makes one address look like another.
  if (!['http:', 'https:'].includes(protocol) || username !== '' || password !== '') return null;
  return { kind: 'link', url: href, host };
}

/** The specification's text has one block, its types have a list. */
function readText(params: Readonly<Record<string, unknown>>): AppWish | null {
  const { role, content } = params;
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [content];
  if (role !== 'user' || blocks.length === 0 || blocks.length > 20) return null;
  const texts = blocks.map((block) => (isRecord(block) && block['type'] === 'text' ? block['text'] : undefined));
  if (!texts.every((text) => typeof text === 'string')) return null;
  const text = texts.join('\n\n').trim();
  return text === '' || text.length > MAX_TEXT_CHARS ? null : { kind: 'message', text };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
