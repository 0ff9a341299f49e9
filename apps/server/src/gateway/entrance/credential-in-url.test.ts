import { CspError } from '@claude-sdk-pattern/protocol';
import { describe, expect, it } from 'vitest';

import { refuseCredentialInUrl } from './credential-in-url.ts';

describe('refuseCredentialInUrl', () => {
  it.each([
    'api_key',
    'apikey',
    'API-Key',
    'key',
    'token',
    'access_token',
    'Authorization',
    'x-api-key',
    'X%2DApi%2DKey',
  ])('refuses the query parameter %s without repeating its value', (name) => {
    let thrown: unknown;
    try {
      refuseCredentialInUrl(`/ws/v1/chat?after=3&${name}=the-value`);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(CspError);
    expect(thrown).toMatchObject({ code: 'credential_in_url', status: 400 });
    expect(JSON.stringify((thrown as CspError).toBody())).not.toContain('the-value');
  });

  it.each(['/', '/token', '/v1/sessions?limit=20&page=abc', '/v1/events?after=3&max_tokens=5', '/x?q=token'])(
    'lets %s pass',
    (url) => expect(() => refuseCredentialInUrl(url)).not.toThrow(),
  );
});
