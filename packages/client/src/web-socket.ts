/** The part of the WebSocket interface that the client uses; browsers, Node 22 and the `ws` package have it. */
export interface WebSocketLike {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
  addEventListener(type: 'error', listener: () => void): void;
}

export interface WebSocketInit {
  headers?: Record<string, string>;
}

/** Opens a socket. `init.headers` is present only with an API key, which browsers cannot send. */
export type WebSocketFactory = (url: string, init: WebSocketInit) => WebSocketLike;

/** Opens the platform's own WebSocket. Node's takes headers as a second argument (undici's `WebSocketInit`). */
export const openGlobalWebSocket: WebSocketFactory = (url, init) => {
  const Constructor = globalThis.WebSocket as unknown as new (url: string, init?: WebSocketInit) => WebSocketLike;
  return init.headers === undefined ? new Constructor(url) : new Constructor(url, init);
};
