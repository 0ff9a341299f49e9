import type { EndpointRequest } from '../define-endpoint.ts';
import type { PluginContext } from '../plugin-context.ts';
import type { LoadedPlugin } from './loaded-plugin.ts';

/** A request as it is sent to the thread. */
export interface PlainRequest {
  method: string;
  /** With the query, below `/plugins/NAME`. */
  url: string;
  headers: [string, string][];
  body: Uint8Array<ArrayBuffer>;
  actor: EndpointRequest['actor'];
}

export interface PlainResponse {
  status: number;
  headers: [string, string][];
  body: Uint8Array<ArrayBuffer>;
}

/** Larger answers are refused: they are held whole. */
const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;

/** Answers with the first endpoint that fits. Rejects with what the endpoint throws. */
export async function runEndpoint(
  { endpoints }: Pick<LoadedPlugin, 'endpoints'>,
  { method, url, headers, body, actor }: PlainRequest,
  context: PluginContext,
): Promise<PlainResponse> {
  const { pathname: path, searchParams: query } = new URL(url, 'http://plugin');
  const fitting = endpoints.flatMap((each) => {
    const match = each.pattern.exec({ pathname: path });
    return match === null ? [] : [{ ...each, params: match.pathname.groups }];
  });
  const found = fitting.find((each) => each.method === method);
  if (found === undefined) {
    const allow = fitting.map((each) => each.method).join(', ');
    return toText(
      fitting.length === 0 ? 404 : 405,
      fitting.length === 0 ? `The plugin has nothing at ${path}` : `${path} takes ${allow}`,
    );
  }
  const params = Object.fromEntries(
    Object.entries(found.params).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const response = await found.endpoint.handle(
    { ...{ method, path, query, params, body, actor }, headers: new Headers(headers) },
    context,
  );
  if (!(response instanceof Response)) throw new Error('The endpoint did not answer with a Response');
  const answer = new Uint8Array(await response.arrayBuffer());
  if (answer.length > MAX_RESPONSE_BYTES) throw new Error(`The answer is larger than ${MAX_RESPONSE_BYTES} bytes`);
  return { status: response.status, headers: [...response.headers], body: answer };
}

export function toText(status: number, text: string): PlainResponse {
  const headers: [string, string][] = [['content-type', 'text/plain; charset=utf-8']];
  return { status, headers, body: new TextEncoder().encode(`${text}\n`) };
}
