import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What an upstream does to one call. */
export type UpstreamFault =
  | { kind: 'none' }
  | { kind: 'status'; status: number; retryAfterSeconds?: number }
  | { kind: 'slow'; ms: number }
  | { kind: 'stall' }
  | { kind: 'malformed' }
  | { kind: 'errorEvent' }
  | { kind: 'cut' };

/** What one call has used by the events that were sent. */
export interface BilledCall {
  model: string;
  inputTokens: number;
  outputTokens: number;
  /** When the last event that is charged was sent, as `performance.now()`. */
  chargedAtMs: number;
}

/** A stand-in for the Messages API that fails as it is told to, and keeps books. */
export interface FaultyUpstream extends AsyncDisposable {
  readonly url: string;
  /** Decides what happens to each call; its number counts from 0. */
  faultOf: (call: number) => UpstreamFault;
  /** Calls that came, failed ones too. */
  readonly calls: number;
  /** Only what was charged: calls of which a message began. */
  readonly ledger: readonly BilledCall[];
  /** The texts of people in the last request, in order. */
  readonly lastTexts: readonly string[];
  /** Holds every answer until the returned function is called. */
  hold(): () => void;
  /** Closes the port, and takes it again. */
  refuse(): Promise<void>;
  listen(): Promise<void>;
}

const ANSWER = 'Understood.';
const INPUT_TOKENS = 1000;
const OUTPUT_TOKENS = 100;
const STREAM = { 'content-type': 'text/event-stream' };
const TOKEN = /\[said \d+\]/g;

export async function startFaultyUpstream(): Promise<FaultyUpstream> {
  const ledger: BilledCall[] = [];
  let calls = 0;
  let port = 0;
  let lastTexts: string[] = [];
  let gate: Promise<void> = Promise.resolve();

  const answer = async (response: ServerResponse, text: string, fault: UpstreamFault) => {
    const { model = 'unknown', stream = false } = JSON.parse(text) as { model?: string; stream?: boolean };
    const said = text.match(TOKEN);
    if (said !== null) lastTexts = said;
    if (fault.kind === 'status') {
      const type = fault.status === 429 ? 'rate_limit_error' : 'overloaded_error';
      const headers = fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
      response.writeHead(fault.status, { ...headers, 'content-type': 'application/json' });
      response.end(JSON.stringify({ type: 'error', error: { type, message: 'Scripted failure' } }));
      return;
    }
    if (fault.kind === 'slow') await delay(fault.ms);
    await gate;
    const billed = { model, inputTokens: INPUT_TOKENS, outputTokens: 1, chargedAtMs: performance.now() };
    if (!stream) {
      ledger.push({ ...billed, outputTokens: OUTPUT_TOKENS });
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(toMessage(model)));
      return;
    }
    response.writeHead(200, STREAM);
    if (fault.kind === 'malformed') return void response.end('<html>not an event stream</html>\n\n');
    const [first = '', ...others] = toEvents(model);
    if (!response.writable || response.destroyed) return;
    ledger.push(billed);
    response.write(first);
    if (fault.kind === 'stall') return;
    if (fault.kind === 'cut') return void setTimeout(() => response.destroy(), 20);
    if (fault.kind === 'errorEvent') {
      const data = JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'Scripted failure' } });
      response.end(`event: error\ndata: ${data}\n\n`);
      return;
    }
    for (const event of others) {
      await gate;
      if (response.destroyed) return;
      if (event.includes('message_delta')) {
        billed.outputTokens = OUTPUT_TOKENS;
        billed.chargedAtMs = performance.now();
      }
      response.write(event);
    }
    response.end();
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      if (!request.url?.startsWith('/v1/messages') || request.url.includes('count_tokens')) {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"input_tokens":1}');
        return;
      }
      const fault = upstream.faultOf(calls);
      calls += 1;
      answer(response, Buffer.concat(chunks).toString(), fault).catch(() => response.destroy());
    });
  });
  const listen = () =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        port = (server.address() as { port: number }).port;
        resolve();
      });
    });
  const refuse = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen();

  const upstream: FaultyUpstream = {
    url: `http://127.0.0.1:${port}`,
    faultOf: () => ({ kind: 'none' }),
    get calls() {
      return calls;
    },
    ledger,
    get lastTexts() {
      return lastTexts;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    ...{ refuse, listen },
    [Symbol.asyncDispose]: refuse,
  };
  return upstream;
}

function toMessage(model: string) {
  return {
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model, stop_reason: 'end_turn', stop_sequence: null },
    content: [{ type: 'text', text: ANSWER }],
    usage: { input_tokens: INPUT_TOKENS, output_tokens: OUTPUT_TOKENS },
  };
}

function toEvents(model: string): string[] {
  const usage = { input_tokens: INPUT_TOKENS, output_tokens: 1 };
  return [
    { type: 'message_start', message: { ...toMessage(model), content: [], stop_reason: null, usage } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ANSWER } },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: OUTPUT_TOKENS },
    },
    { type: 'message_stop' },
  ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}
