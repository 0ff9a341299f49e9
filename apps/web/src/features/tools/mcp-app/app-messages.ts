/** The revision of MCP Apps (SEP-1865) that this host speaks. */
export const REVISION = '2026-01-26';

/** What an app wants a person to do. */
export type AppWish = { kind: 'link'; url: string; host: string } | { kind: 'message'; text: string };

export type AppRequestId = string | number;

/** A message of an app, as far as this host knows it. */
export type AppMessage =
  | { kind: 'initialize'; id: AppRequestId }
  | { kind: 'initialized' }
  | { kind: 'height'; px: number }
  | { kind: 'wish'; id: AppRequestId; wish: AppWish }
  | { kind: 'mode'; id: AppRequestId }
  | { kind: 'ping'; id: AppRequestId }
  | { kind: 'refused'; id: AppRequestId; code: number; message: string }
  | { kind: 'ignored' };

/** What JSON-RPC and the specification say. */
const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;

const MAX_URL_CHARS = 2048;
const MAX_TEXT_CHARS = 8000;

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
