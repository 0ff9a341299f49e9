import type { OpenApiDocument, Operation, Parameter } from '../../apps/server/src/gateway/openapi/open-api-types.ts';

const INTRODUCTION = `# HTTP

Every server describes its interface itself: \`/api/docs\` is a page to read, \`/api/openapi.json\` the same as OpenAPI 3.1 for
programs, each with every field. This page is the overview. It is written by \`npm run reference\` from that description, which is
made of the schemas that validate requests; a test holds them equal.

Bodies are JSON. Programs send \`Authorization: Bearer KEY\` or \`x-api-key: KEY\`; browsers send a cookie, which counts only from the
server's own pages. A credential in a URL is refused. Every answer has a \`request-id\`; failures are described under
[errors](errors.md). Lists answer \`{"data": […], "next_page"}\`: pass \`next_page\` as \`page\` for the next ones.

\`new Anthropic({ baseURL, apiKey })\` and its \`client.beta\` speak to what is under \`/v1\`: see
[Managed Agents compatibility](managed-agents-compatibility.md). An \`idempotency-key\` header makes sending to a session and creating
one safe to repeat. A field that this server does not have is a 400 that names it in \`error.details.field\`.

The frames of the live connection are explained in [the WebSocket](../guide/websocket.md), events in [events](events.md),
metrics in [monitoring](../operate/monitoring.md).
`;

interface Row {
  method: string;
  path: string;
  operation: Operation;
}

/** Renders docs/reference/http.md: one table for each group of requests, in the order of the document. */
export function renderHttp(document: OpenApiDocument): string {
  const rows: Row[] = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const groups = document.tags.map(({ name, description }) => {
    const own = rows.filter(({ operation }) => operation.tags.includes(name));
    return `\n## ${name}\n\n${description}\n\n| request | does |\n| --- | --- |\n${own.map(renderRow).join('\n')}\n`;
  });
  return `${INTRODUCTION}${groups.join('')}`;
}

function renderRow({ method, path, operation }: Row): string {
  const query = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  const names = query.map(renderParameter).join(', ');
  const text = `${operation.summary}${names === '' ? '' : `. Takes ${names}`}`;
  return `| \`${method} ${path}\` | ${text.replaceAll('|', String.raw`\|`)} |`;
}

/** The name, with its values where only some are accepted. */
function renderParameter({ name, schema }: Parameter): string {
  const values = (schema.enum ?? schema.items?.enum ?? []).filter((value) => value !== 'true' && value !== 'false');
  return `\`${name}\`${values.length === 0 ? '' : ` (${values.map((value) => `\`${String(value)}\``).join(', ')})`}`;
}
