import type { IncomingMessage } from 'node:http';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { Grant, SessionTokens } from './session-tokens.ts';

/** Finds the holder of the call's token. @throws CspError `authentication_required` */
export function authenticate(request: IncomingMessage, tokens: Pick<SessionTokens, 'find'>): Grant {
  const grant = tokens.find(readToken(request));
  if (grant === undefined) {
    throw new CspError('authentication_required', 'This token is unknown or its session has ended');
  }
  return grant;
}

function readToken({ headers }: IncomingMessage): string {
  const key = headers['x-api-key'];
  if (typeof key === 'string') return key;
  return /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
}
