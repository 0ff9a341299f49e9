import type { McpAppAnswer } from '@claude-sdk-pattern/protocol';

import { ApiError } from '../../../api/api-error.ts';
import type { AppBridgeDeps, ServerAnswer } from './app-bridge.ts';

export interface AskServerDeps {
  call: (call: { tool: string; input: Readonly<Record<string, unknown>>; confirmed: boolean }) => Promise<McpAppAnswer>;
  read: (uri: string) => Promise<McpAppAnswer>;
  /** Tools that the person has denied to this app: it is not asked about them again. */
  denied: Set<string>;
  onDenied: () => void;
  /** For people who may not act in the session everything is refused. */
  mayAsk: () => boolean;
}

const REFUSED: ServerAnswer = { problem: 'The person has refused this' };

/** How an app reaches the server that brought it: a person allows each call that the policy does not allow by itself. */
export function createAskServer({ call, read, denied, onDenied, mayAsk }: AskServerDeps): AppBridgeDeps['onRequest'] {
  /** Tools that the person has allowed for this app. */
  const allowed = new Set<string>();

  return async (request, ask) => {
    if (!mayAsk()) return { problem: 'The person may only look' };
    try {
      if (request.kind === 'read') return toAnswer(await read(request.uri));
      const { tool, input } = request;
      if (denied.has(tool)) return REFUSED;
      const first = await call({ tool, input, confirmed: allowed.has(tool) });
      if (first.outcome !== 'needs_confirmation') return toAnswer(first);
      const outcome = await ask({ kind: 'call', tool, input, reason: first.reason ?? '' });
      if (outcome === 'refused') {
        denied.add(tool);
        onDenied();
        return REFUSED;
      }
      if (outcome === 'failed') return { problem: 'The person has not answered the last request yet' };
      if (outcome === 'always') allowed.add(tool);
      return toAnswer(await call({ tool, input, confirmed: true }));
    } catch (error) {
      return { problem: error instanceof ApiError ? error.message : 'It was stopped' };
    }
  };
}

function toAnswer({ result, reason }: McpAppAnswer): ServerAnswer {
  return result === null ? { problem: `It failed: ${reason ?? 'no answer'}` } : { result };
}
