import { readAppMessage, REVISION, type AppRequestId, type AppWish, type ServerRequest } from './app-messages.ts';

/** Why an app was taken away. */
export type StopCause = 'flood' | 'navigated';

/** How a wish of an app ended. `always`: done, and the same need not be asked again while this app is there. */
export type WishOutcome = 'done' | 'always' | 'refused' | 'failed';

/** What the server that brought the app answered, in the shapes of MCP; or why it did not, as a sentence. */
export type ServerAnswer = { result: Readonly<Record<string, unknown>> } | { problem: string };

export interface AppBridgeDeps {
  /** Posts to the frame. */
  post: (message: Readonly<Record<string, unknown>>) => void;
  /** What the tool got and gave, in the shapes of MCP. */
  input: Readonly<Record<string, unknown>>;
  result: Readonly<Record<string, unknown>>;
  /** Theme, size and the like, in the shape of the specification. */
  context: () => Readonly<Record<string, unknown>>;
  /** The version of the platform. */
  version: string;
  /** Asks a person; only one wish at a time. */
  onWish: (wish: AppWish) => Promise<WishOutcome>;
  /** Whether the app may ask its server for something. */
  reachesServer: boolean;
  /** Asks the server. `ask` asks a person, and is refused while another wish waits. Never rejects. */
  onRequest: (request: ServerRequest, ask: (wish: AppWish) => Promise<WishOutcome>) => Promise<ServerAnswer>;
  onHeight: (px: number) => void;
  /** It speaks the protocol, so it runs. */
  onReady: () => void;
  onStop: (cause: StopCause) => void;
  /** Milliseconds. */
  now: () => number;
}

/** The host's side of the conversation with an app: JSON-RPC over messages of a frame. */
export interface AppBridge {
  receive: (data: unknown) => void;
  /** Tells the app that theme or size are others now. */
  changeContext: (change: Readonly<Record<string, unknown>>) => void;
  /** Tells the app that it goes. */
  close: () => void;
}

/** An app that draws sends one message a frame at most; a hundred at once happen at its start. */
const BURST = 200;
const PER_SECOND = 30;
/** Requests to its server that wait; they are sent one after the other. */
const MAX_WAITING = 8;
/** Implementation-defined, as the specification has it. */
const REFUSED = -32_000;

export function createAppBridge(deps: AppBridgeDeps): AppBridge {
  let left = BURST;
  let countedAt = deps.now();
  let state: 'new' | 'ready' | 'ended' = 'new';
  let isAsking = false;
  let waiting = 0;
  let requests: Promise<void> = Promise.resolve();

  const send = (message: Readonly<Record<string, unknown>>) => deps.post({ jsonrpc: '2.0', ...message });
  const refuse = (id: AppRequestId, code: number, message: string) => send({ id, error: { code, message } });

  function isFlood(): boolean {
    const time = deps.now();
    left = Math.min(BURST, left + ((time - countedAt) / 1000) * PER_SECOND) - 1;
    countedAt = time;
    return left < 0;
  }

  const hasEnded = () => state === 'ended';

  async function decide(wish: AppWish): Promise<WishOutcome> {
    if (isAsking) return 'failed';
    isAsking = true;
    const outcome = await deps.onWish(wish);
    isAsking = false;
    return outcome;
  }

  async function request(id: AppRequestId, wanted: ServerRequest): Promise<void> {
    if (waiting >= MAX_WAITING) return refuse(id, REFUSED, 'Too many requests wait already');
    waiting += 1;
    const before = requests;
    const { promise, resolve } = Promise.withResolvers<void>();
    requests = promise;
    await before;
    const answer = hasEnded() ? undefined : await deps.onRequest(wanted, decide);
    waiting -= 1;
    resolve();
    if (answer === undefined || hasEnded()) return;
    if ('result' in answer) send({ id, result: answer.result });
    else refuse(id, REFUSED, answer.problem);
  }

  async function ask(id: AppRequestId, wish: AppWish): Promise<void> {
    if (isAsking) return refuse(id, REFUSED, 'The person has not answered the last request yet');
    const outcome = await decide(wish);
    if (hasEnded()) return;
    if (outcome === 'done') send({ id, result: {} });
    else refuse(id, REFUSED, outcome === 'refused' ? 'The person has refused this' : 'This could not be done');
  }

  return {
    receive(data) {
      if (state === 'ended') return;
      if (isFlood()) {
        state = 'ended';
        deps.onStop('flood');
        return;
      }
      const message = readAppMessage(data);
      switch (message.kind) {
        case 'initialize':
          deps.onReady();
          send({ id: message.id, result: toInitializeResult(deps) });
          return;
        case 'initialized':
          if (state === 'ready') return;
          state = 'ready';
          send({ method: 'ui/notifications/tool-input', params: { arguments: deps.input } });
          send({ method: 'ui/notifications/tool-result', params: deps.result });
          return;
        case 'height':
          deps.onHeight(message.px);
          return;
        case 'wish':
          void ask(message.id, message.wish);
          return;
        case 'server':
          void request(message.id, message.request);
          return;
        case 'mode':
          send({ id: message.id, result: { mode: 'inline' } });
          return;
        case 'ping':
          send({ id: message.id, result: {} });
          return;
        case 'refused':
          refuse(message.id, message.code, message.message);
          return;
        case 'ignored':
          return;
      }
    },
    changeContext(change) {
      if (state === 'ready') send({ method: 'ui/notifications/host-context-changed', params: change });
    },
    close() {
      if (state === 'ready') send({ id: 'teardown', method: 'ui/resource-teardown', params: { reason: 'closed' } });
      state = 'ended';
    },
  };
}

function toInitializeResult({
  version,
  context,
  reachesServer,
}: Pick<AppBridgeDeps, 'version' | 'context' | 'reachesServer'>) {
  return {
    protocolVersion: REVISION,
    hostInfo: { name: 'claude-sdk-pattern', version },
    hostCapabilities: {
      ...{ openLinks: {}, message: { text: {} }, logging: {}, sandbox: {} },
      ...(reachesServer && { serverTools: {}, serverResources: {} }),
    },
    hostContext: context(),
  };
}
