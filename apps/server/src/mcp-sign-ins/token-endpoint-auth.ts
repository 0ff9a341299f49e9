import type { TokenEndpointAuth } from '../mcp-oauth/authenticate-client.ts';
import type { AuthorizationServer, OAuthClient } from './authorization-server.ts';

/** As the client was registered, or as the server takes it; in the body before the header, which needs an encoding of its own. */
export function toTokenEndpointAuth(
  { client_secret: clientSecret, token_endpoint_auth_method: registered }: OAuthClient,
  {
    token_endpoint_auth_methods_supported: offered,
  }: Pick<AuthorizationServer, 'token_endpoint_auth_methods_supported'>,
): TokenEndpointAuth {
  if (clientSecret === undefined || registered === 'none') return { type: 'none' };
  const isPost =
    registered === undefined ? offered?.includes('client_secret_post') === true : registered === 'client_secret_post';
  return { type: isPost ? 'client_secret_post' : 'client_secret_basic', clientSecret };
}
