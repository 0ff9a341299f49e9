import type { ServerFrame } from '@claude-sdk-pattern/protocol';

/**
 * Reads a frame of the server, as JSON text or parsed; undefined when it is not a frame. Only `type` is checked: a
 * schema would load a validator into every browser to check what our own server wrote.
 */
export function parseServerFrame(data: unknown): ServerFrame | undefined {
  let value = data;
  try {
    if (typeof data === 'string') value = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string')
    return undefined;
  return value as ServerFrame;
}
