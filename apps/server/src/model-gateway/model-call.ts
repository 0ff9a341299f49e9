import type { IncomingHttpHeaders } from 'node:http';

import type { Endpoint } from './endpoints.ts';
import type { TokenHolder } from './session-tokens.ts';

/** One call of an agent process, as it goes through the steps of the gateway. */
export interface ModelCall {
  /** The current holder: a claim changes it. */
  readonly holder: TokenHolder;
  readonly request: {
    endpoint: Endpoint;
    /** With its `?`, or empty. */
    query: string;
    /** The headers as the agent sent them, including its token. */
    headers: IncomingHttpHeaders;
  };
  /** Whole; absent where the endpoint has none. */
  readonly body?: Buffer;
  /** Aborted when nobody waits for the answer any more, or nobody may. */
  readonly signal: AbortSignal;
}
