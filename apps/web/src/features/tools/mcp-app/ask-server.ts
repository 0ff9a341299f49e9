import type { McpAppAnswer } from '@claude-sdk-pattern/protocol';

import { ApiError } from '../../../api/api-error.ts';
import type { AppBridgeDeps, ServerAnswer, WishOutcome } from './app-bridge.ts';

export interface AskServerDeps {
  call: (call: { tool: string; input: Readonly<Record<string, unknown>>; confirmed?: string }) => Promise<McpAppAnswer>;
  read: (reading: { uri: string; confirmed?: string }) => Promise<McpAppAnswer>;
  /** Tools that the person has denied to this app: it is not asked about them again. */
  denied: Set<string>;
  onDenied: () => void;
  /** For people who may not act in the session everything is refused. */
  mayAsk: () => boolean;
}

const REFUSED: ServerAnswer = { problem: 'The person has refused this' };

/** Among the tools that are denied: all resources. */
const READING = 'resources/read';
const BUSY: ServerAnswer = { problem: 'The person has not answered the last request yet' };

/**
 * How an app reaches the server that brought it: a person allows each call that the policy does not allow by itself, and each
 * that they are asked about for another reason than the one that they have seen.
 */
export function createAskServer({ call, read, denied, onDenied, mayAsk }: AskServerDeps): AppBridgeDeps['onRequest'] {
  /** What the person has confirmed for this app, by the tool. */
  const allowed = new Map<string, string>();

  const deny = (what: string) => {
    denied.add(what);
    onDenied();
  };

  /** Sends it, and again with what a person confirms of it. */
  const confirm = async (
    send: (confirmed: string | undefined) => Promise<McpAppAnswer>,
    {
      first,
      ask,
      refuse,
    }: {
      first?: string | undefined;
      ask: (answer: McpAppAnswer) => Promise<{ outcome: WishOutcome; confirmed: string | undefined }>;
      refuse: () => void;
    },
  ): Promise<ServerAnswer> => {
    let answer = await send(first);
    while (answer.outcome === 'needs_confirmation') {
      const { outcome, confirmed } = await ask(answer);
      if (outcome === 'failed') return BUSY;
      if (outcome === 'refused' || confirmed === undefined) {
        refuse();
        return REFUSED;
      }
      answer = await send(confirmed);
    }
    return toAnswer(answer);
  };

  return async (request, ask) => {
    if (!mayAsk()) return { problem: 'The person may only look' };
    try {
      if (request.kind === 'read') {
        const { uri } = request;
        if (denied.has(READING)) return REFUSED;
        return await confirm((confirmed) => read({ uri, ...(confirmed !== undefined && { confirmed }) }), {
          ask: async ({ reason, confirmation }) => ({
            outcome: await ask({ kind: 'read', uri, reason: reason ?? '' }),
            confirmed: confirmation?.once,
          }),
          refuse: () => deny(READING),
        });
      }
      const { tool, input } = request;
      if (denied.has(tool)) return REFUSED;
      return await confirm((confirmed) => call({ tool, input, ...(confirmed !== undefined && { confirmed }) }), {
        first: allowed.get(tool),
        async ask({ reason, confirmation }) {
          const forApp = confirmation?.for_app ?? null;
          const outcome = await ask({ kind: 'call', tool, input, reason: reason ?? '', mayAllowTool: forApp !== null });
          if (outcome === 'always' && forApp !== null) allowed.set(tool, forApp);
          return { outcome, confirmed: confirmation?.once };
        },
        refuse: () => deny(tool),
      });
    } catch (error) {
      return { problem: error instanceof ApiError ? error.message : 'It was stopped' };
    }
  };
}

function toAnswer({ result, reason }: McpAppAnswer): ServerAnswer {
  return result === null ? { problem: `It failed: ${reason ?? 'no answer'}` } : { result };
}
