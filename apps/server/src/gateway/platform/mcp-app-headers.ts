import type { McpAppMode } from '@claude-sdk-pattern/protocol';

import type { McpAppPage } from '../../store/mcp-apps.ts';
import { UNUSED_FEATURES } from '../entrance/security-headers.ts';

/** Beyond what our own pages do without. */
const OWN_FEATURES = ['autoplay', 'clipboard-read', 'clipboard-write', 'fullscreen', 'picture-in-picture', 'web-share'];

/**
 * The headers of a page that an MCP server wrote, in place of our own. `sandbox` gives it an origin that has nothing, also
 * where it is not in a frame: no cookies, no storage, no access to our pages and API. `'self'` stands nowhere for what it
 * loads, because it would mean this server.
 */
export function toAppHeaders(
  { connectOrigins, resourceOrigins }: Pick<McpAppPage, 'connectOrigins' | 'resourceOrigins'>,
  mode: McpAppMode,
): Record<string, string> {
  const connect = mode === 'declared' ? connectOrigins : [];
  const resources = mode === 'declared' ? resourceOrigins : [];
  const directives = {
    'default-src': ["'none'"],
    'script-src': ["'unsafe-inline'", ...resources],
    'style-src': ["'unsafe-inline'", ...resources],
    'img-src': ['data:', 'blob:', ...resources],
    'font-src': ['data:', ...resources],
    'media-src': ['data:', 'blob:', ...resources],
    'connect-src': connect.length > 0 ? connect : ["'none'"],
    'frame-src': ["'none'"],
    'worker-src': ["'none'"],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'self'"],
    sandbox: ['allow-scripts'],
  };
  return {
    'content-security-policy': Object.entries(directives)
      .map(([name, values]) => [name, ...values].join(' '))
      .join('; '),
    'permissions-policy': [...UNUSED_FEATURES, ...OWN_FEATURES].map((feature) => `${feature}=()`).join(', '),
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'SAMEORIGIN',
  };
}
