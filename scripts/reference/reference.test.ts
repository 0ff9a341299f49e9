import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listConfigVariables } from '../../apps/server/src/config/schema.ts';
import { ERROR_CODES } from '../../packages/protocol/src/errors.ts';
import { readDocument } from './read-document.ts';
import { renderAgentOptions } from './render-agent-options.ts';
import { renderConfiguration } from './render-configuration.ts';
import { renderHttp } from './render-http.ts';
import { renderManifestSchema } from './render-manifest-schema.ts';
import { renderRoles } from './render-roles.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8');

/** The cells of every table row whose first cell is code. */
function parseRows(page: string): string[][] {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

it('documents every configuration variable as the schema has it; npm run reference writes the page', async () => {
  expect(await read('docs/reference/configuration.md')).toBe(renderConfiguration(listConfigVariables()));
});

it('publishes the schema of plugin manifests as the server has it; npm run reference writes it', async () => {
  expect(await read('docs/reference/plugin-manifest.schema.json')).toBe(renderManifestSchema());
});

it('documents every option of the Agent SDK as the table has it; npm run reference writes the page', async () => {
  expect(await read('docs/reference/agent-options.md')).toBe(renderAgentOptions());
});

it('documents who may do what as the table of access has it; npm run reference writes the page', async () => {
  expect(await read('docs/operate/roles.md')).toBe(renderRoles());
});

it('documents every error code with its type, status and whether a retry can help', async () => {
  const documented = parseRows(await read('docs/reference/errors.md')).map((cells) => cells.slice(0, 4).join(' '));
  const expected = Object.entries(ERROR_CODES).map(
    ([code, { type, status, retryable }]) => `\`${code}\` \`${type}\` ${status} ${retryable ? 'yes' : 'no'}`,
  );
  expect(documented).toEqual(expected);
});

it('documents every route of the gateway; npm run reference writes the page', async () => {
  const document = await readDocument();
  expect(await read('docs/reference/http.md')).toBe(renderHttp(document));
  const routes: string[] = [];
  for await (const file of glob('apps/server/src/gateway/**/*.ts', { cwd: ROOT, exclude: ['**/*.test.ts'] })) {
    for (const [, method = '', path = ''] of (await read(file)).matchAll(
      /app\.(get|post|put|patch|delete)(?:<[^(]*>)?\(\s*'([^']+)'/g,
    )) {
      routes.push(`${method.toUpperCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    }
  }
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  // The style of the HTML page is not part of the interface.
  expect(routes.filter((route) => !documented.includes(route))).toEqual(['GET /api/docs/style.css']);
  expect(routes.length).toBeGreaterThan(10);
});

it('documents every extension event', async () => {
  const source = await read('packages/protocol/src/extension-events.ts');
  const declared = [...source.matchAll(/^ {2}type: '(session\.\w+)';$/gm)].map((match) => match[1]);
  const [, extensions = ''] = (await read('docs/reference/events.md')).split('## Extension events');
  const documented = parseRows(extensions).map(([name = '']) => name.replaceAll('`', ''));
  expect(documented).toEqual(declared);
  expect(declared.length).toBeGreaterThan(0);
});

it('documents every stock event that a session may hold', async () => {
  const names = [
    ...(await read('packages/protocol/src/session-events.ts')).matchAll(/BetaManagedAgents(\w+)Event,$/gm),
  ];
  const page = await read('docs/reference/events.md');
  const documented = new Set(
    [...page.matchAll(/`((?:user|agent|session|span)\.\w+)`/g)].map((match) => toTypeName(match[1] ?? '')),
  );
  const missing = names
    .map((match) => match[1] ?? '')
    .filter((name) => !documented.has(name) && !['Delta', 'Start'].includes(name));
  expect(missing).toEqual([]);
});

/** `agent.mcp_tool_use` to `AgentMCPToolUse`, as the SDK names the type. */
function toTypeName(event: string): string {
  return event
    .split(/[._]/)
    .map((word) => (word === 'mcp' ? 'MCP' : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
}
