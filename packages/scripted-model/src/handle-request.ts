import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { toActions } from './actions.ts';
import type { Conversation } from './conversation.ts';
import { toConversation } from './conversation.ts';
import { sendJson, toErrorEnvelope } from './http-error.ts';
import type { MessageRequest } from './message-request.ts';
import { findRequestProblem } from './message-request.ts';
import { modelInfos } from './model-infos.ts';
import { play } from './play.ts';
import type { RecordedRequest, RequestLog } from './recorded-request.ts';
import type { Pace, Scenario, ScenarioFunction, ScriptedStep } from './scenario.ts';
import { findStep } from './scenario.ts';
import type { StreamEvent } from './stream-events.ts';
import { findUsage } from './stream-events.ts';
import type { MessageKind } from './side-request.ts';
import { toMessageKind, toSideAnswer } from './side-request.ts';
import { toInputUsage, toRequestTokens } from './token-estimate.ts';

const maxBodyBytes = 32 * 1024 * 1024;

export interface HandlerDeps {
  scenarios: readonly Scenario[] | ScenarioFunction;
  pace: Pace;
  speed: number;
  apiKey: string | undefined;
  log: RequestLog;
  signal: AbortSignal;
}

/** Answers requests of the Messages API from scenarios. */
export function createHandler(deps: HandlerDeps) {
  const faultCounts = new Map<string, number>();
  const takeFault = (key: string, times: number | undefined) => {
    const count = faultCounts.get(key) ?? 0;
    if (times !== undefined && count >= times) return false;
    faultCounts.set(key, count + 1);
    return true;
  };

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = createId('req');
    response.setHeader('request-id', requestId);
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    const record: RecordedRequest = {
      id: requestId,
      method: request.method ?? 'GET',
      path: pathname,
      query: search,
      headers: request.headers,
      kind: pathname === '/v1/messages/count_tokens' ? 'count_tokens' : 'other',
      outcome: 'running',
    };
    response.once('close', () => {
      record.status = response.statusCode;
      record.outcome = response.writableFinished ? 'finished' : 'aborted';
      deps.log.check();
    });
    const refuse = (status: number, message?: string) => {
      deps.log.add(record);
      sendJson(response, status, toErrorEnvelope(status, requestId, message));
    };

    const text = await readBody(request);
    if (text === undefined) return refuse(413);
    const route = `${record.method} ${pathname}`;
    if (pathname === '/api/hello') return sendJson(response, 200, {});
    if (deps.apiKey !== undefined && findKey(request) !== deps.apiKey) return refuse(401);
    if (route === 'GET /v1/models') {
      deps.log.add(record);
      return sendJson(response, 200, {
        data: modelInfos,
        has_more: false,
        first_id: modelInfos[0]?.id,
        last_id: modelInfos.at(-1)?.id,
      });
    }
    const isMessage = route === 'POST /v1/messages';
    if (!isMessage && route !== 'POST /v1/messages/count_tokens') return refuse(404, `No route ${route}`);

    const body = parseJson(text);
    const problem = findRequestProblem(body, isMessage ? ['model', 'messages', 'max_tokens'] : ['model', 'messages']);
    if (problem !== undefined) return refuse(400, problem);
    record.body = body as MessageRequest;
    if (!isMessage) {
      deps.log.add(record);
      return sendJson(response, 200, { input_tokens: toRequestTokens(record.body) });
    }
    record.kind = toMessageKind(record.body);
    record.conversation = toConversation(record.body, request.headers['x-claude-code-agent-id'] !== undefined);
    const step = toStep(record.kind, record.conversation, deps);
    record.scenario = step.scenario;
    deps.log.add(record);
    const actions = toActions(step.replies, {
      messageId: createId('msg'),
      model: record.body.model,
      inputUsage: toInputUsage(record.body),
      pace: { ...deps.pace, ...step.pace },
      takeFault: (index, times) => takeFault(`${step.key}/${index}`, times),
      createToolUseId: () => createId('toolu'),
    });
    const signal = AbortSignal.any([deps.signal, toClosedSignal(response)]);
    const onSent = (event: StreamEvent) => {
      record.billed = { ...record.billed, ...findUsage(event) };
    };
    const isStream = record.body.stream === true;
    await play(actions, response, { requestId, isStream, speed: deps.speed, signal, onSent });
  };
}

function toStep(kind: MessageKind, conversation: Conversation, deps: HandlerDeps): ScriptedStep {
  if (kind !== 'turn') {
    const text = toSideAnswer(kind, conversation);
    return {
      key: kind,
      scenario: kind,
      replies: [{ kind: 'say', text, tokensPerSecond: Infinity }],
      pace: { firstTokenDelayMs: 0 },
    };
  }
  const step = findStep(deps.scenarios, conversation);
  if (step !== undefined) return step;
  const text = `No scenario matches "${conversation.userText}".`;
  return { key: 'none', scenario: 'none', replies: [{ kind: 'say', text }], pace: {} };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  return bytes > maxBodyBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function findKey(request: IncomingMessage): string | undefined {
  const key = request.headers['x-api-key'];
  if (typeof key === 'string') return key;
  return /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

function toClosedSignal(response: ServerResponse): AbortSignal {
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  return closed.signal;
}

function createId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString('hex')}`;
}
