import type { IncomingHttpHeaders } from 'node:http';

import type { Endpoint } from './endpoints.ts';
import type { TokenHolder } from './session-tokens.ts';

/** One call of an agent process, as it goes through the steps of the gateway. */
export interface ModelCall {
  /** Not that of its usage records: each attempt has one. */
  readonly id: string;
  /** The current holder: a claim changes it. */
  readonly holder: TokenHolder;
  readonly request: {
    endpoint: Endpoint;
    /** With its `?`, or empty. */
    query: string;
    /** The headers as the agent sent them, including its token. */
    headers: IncomingHttpHeaders;
  };
  /** The whole body; absent for endpoints without one. */
  readonly body?: Buffer;
  /** Aborted when the client has disconnected, or its token has ended. */
  readonly signal: AbortSignal;
}
