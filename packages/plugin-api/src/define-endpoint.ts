import type { PluginContext } from './plugin-context.ts';

export const ENDPOINT_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** A request to an endpoint, after sign-in. It has no credentials of the person: neither cookies nor `authorization`. */
export interface EndpointRequest {
  method: string;
  /** Below `/plugins/NAME`, with its slash. */
  path: string;
  query: URLSearchParams;
  headers: Headers;
  /** The parts of the path that the endpoint names: `:id` of `/items/:id`. */
  params: Readonly<Record<string, string>>;
  body: Uint8Array<ArrayBuffer>;
  /** Who asks. */
  actor: { id: string; role: 'admin' | 'operator' | 'user' };
}

/** Answers requests to `/plugins/NAME/…`. */
export interface Endpoint {
  method: (typeof ENDPOINT_METHODS)[number];
  /** Below `/plugins/NAME`, in the syntax of URLPattern: `/items/:id`. */
  path: string;
  /**
   * The answer is sent whole. Pages run on an origin without rights, and headers that would reach beyond the plugin,
   * such as `set-cookie`, are dropped.
   */
  handle(request: EndpointRequest, context: PluginContext): Promise<Response> | Response;
}

export function defineEndpoint(endpoint: Endpoint): Endpoint {
  return endpoint;
}
