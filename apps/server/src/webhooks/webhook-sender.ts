import type { Clock } from '../lib/clock.ts';
import { createDueLoop } from '../lib/due-loop.ts';
import type { Outgoing, OutgoingAnswer } from '../lib/outgoing.ts';
import type { WebhookMessage, WebhookMessageRepository } from '../store/webhook-messages.ts';
import type { Logger } from '../telemetry/logger.ts';
import { toTraceHeaders } from '../telemetry/trace-headers.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { toRetryDelayMs } from './retry-delay.ts';
import { signMessage } from './sign-message.ts';

export interface WebhookSenderDeps {
  url: string;
  secrets: readonly string[];
  messages: WebhookMessageRepository;
  outgoing: Pick<Outgoing, 'post'>;
  clock: Clock;
  logger: Pick<Logger, 'warn'>;
  /** Of a message that needs no more attempts. */
  onDone(outcome: 'confirmed' | 'expired'): void;
  /** Absent where no traces are made. */
  tracing?: Tracing | undefined;
  /** From 0 to 1. */
  random?: () => number;
}

/** Sends stored messages when they are due. */
export interface WebhookSender {
  /** Looks for messages that are due. Never rejects. */
  wake(): Promise<void>;
  /** Stops what is being sent: it is due again soon. Idempotent. */
  close(): Promise<void>;
}

/** The official API names these in every event; a deployment of this server is one organization with one workspace. */
const PLACE = { organization_id: 'org_default', workspace_id: 'wrkspc_default' };
const AT_ONCE = 4;
/** Longer than an attempt takes. */
const BUSY_MS = 30_000;

export function createWebhookSender(deps: WebhookSenderDeps): WebhookSender {
  const { url, secrets, messages, outgoing, clock, logger, onDone, tracing, random = Math.random } = deps;
  const closing = new AbortController();

  const toTime = (atMs: number) => new Date(atMs).toISOString();

  async function attempt(message: WebhookMessage): Promise<OutgoingAnswer | Error> {
    const { id, type, data, createdAt } = message;
    const span = tracing?.start(`webhook ${type}`, {
      ...{ role: 'client', parent: null },
      attributes: { 'csp.webhook_message_id': id },
    });
    const body = JSON.stringify({ type: 'event', id, created_at: createdAt, data: { type, ...PLACE, ...data } });
    const headers = {
      'content-type': 'application/json',
      ...(span && toTraceHeaders(span.context)),
      ...signMessage({ id, body, nowMs: clock.now() }, secrets),
    };
    const answer = await outgoing
      .post({ url, headers, body, signal: closing.signal })
      .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
    if (!(answer instanceof Error)) span?.set({ 'http.response.status_code': answer.status });
    span?.end({
      error: answer instanceof Error ? 'no_answer' : answer.status >= 400 ? String(answer.status) : undefined,
    });
    return answer;
  }

  async function send(message: WebhookMessage): Promise<void> {
    if (closing.signal.aborted) return;
    const { id } = message;
    if (message.expiresAt <= toTime(clock.now())) {
      await messages.remove(id);
      return onDone('expired');
    }
    const answer = await attempt(message);
    if (!(answer instanceof Error) && answer.status >= 200 && answer.status < 300) {
      await messages.remove(id);
      return onDone('confirmed');
    }
    if (closing.signal.aborted) return;
    const attempts = message.attempts + 1;
    const asked = answer instanceof Error ? undefined : answer.retryAfterMs;
    const dueAt = toTime(clock.now() + toRetryDelayMs(attempts, random(), asked));
    await messages.putBack(id, { attempts, dueAt });
    const reason = answer instanceof Error ? { err: answer } : { status: answer.status };
    logger.warn({ ...reason, message_id: id, attempts, due_at: dueAt }, 'the webhook did not take a message');
  }

  const loop = createDueLoop({
    clock,
    async doSome() {
      const now = clock.now();
      const taken = await messages.take({ now: toTime(now), busyUntil: toTime(now + BUSY_MS), limit: AT_ONCE });
      await Promise.all(taken.map(send));
      return taken.length > 0;
    },
    findNextDue: () => messages.findNextDue(),
    onUnreadable: (error) => logger.warn({ err: error }, 'messages for the webhook could not be looked up'),
  });

  return {
    wake: loop.wake,
    close() {
      closing.abort();
      return loop.close();
    },
  };
}
