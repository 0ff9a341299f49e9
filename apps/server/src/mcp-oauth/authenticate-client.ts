/** How the client authenticates at the token endpoint (RFC 6749, section 2.3.1). */
export type TokenEndpointAuth =
  | { type: 'none' }
  | { type: 'client_secret_basic'; clientSecret: string }
  | { type: 'client_secret_post'; clientSecret: string };

/** Names the client in a request. The SDK does not encode what stands in a Basic header (1.32.2); RFC 6749 wants it form-encoded. */
export function authenticateClient(
  { clientId, auth }: { clientId: string; auth: TokenEndpointAuth },
  headers: Headers,
  params: URLSearchParams,
): void {
  if (auth.type === 'client_secret_basic') {
    const pair = `${toFormText(clientId)}:${toFormText(auth.clientSecret)}`;
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
    return;
  }
  params.set('client_id', clientId);
  if (auth.type === 'client_secret_post') params.set('client_secret', auth.clientSecret);
}

function toFormText(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
