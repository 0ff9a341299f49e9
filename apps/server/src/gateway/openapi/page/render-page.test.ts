import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { fastify } from 'fastify';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

import { zodSchemas } from '../../entrance/zod-schemas.ts';
import { addOpenApiRoutes } from '../open-api-routes.ts';

let page: string;

/** The page of a server with one route, as a client gets it. */
beforeAll(async () => {
  const app = fastify(zodSchemas);
  await addOpenApiRoutes(app, { version: '1.2.3' });
  const thing = z
    .object({ name: z.string().min(1).max(9).describe('Not <b>bold</b>, but `code`.'), size: z.number().optional() })
    .meta({ id: 'Thing', examples: [{ name: "it's" }] });
  app.post(
    '/v1/things/:id',
    {
      config: { action: 'session.update' },
      schema: {
        operationId: 'changeThing',
        summary: 'Changes a thing',
        tags: ['Sessions'],
        params: z.object({ id: z.string() }),
        body: thing.nullish(),
        response: { 200: thing },
      },
    },
    async () => ({}),
  );
  page = (await app.inject('/api/docs')).body;
  await app.close();
});

it('shows what a request takes and answers, with a link to what has a name', () => {
  expect(page).toContain('id="changeThing"');
  expect(page.replaceAll('<wbr>', '')).toContain('/v1/things/{id}');
  expect(page.match(/href="#schema-Thing"/g)).toHaveLength(2);
  expect(page).toContain('1 to 9 characters');
  expect(page).toContain('API 1.2.3');
});

it('escapes what descriptions hold', () => {
  expect(page).toContain('Not &lt;b&gt;bold&lt;/b&gt;, but <code>code</code>.');
});

it('shows a command that a shell takes, also where an example holds a quote', () => {
  expect(page).toContain(String.raw`-d &#39;{&quot;name&quot;:&quot;it&#39;\&#39;&#39;s&quot;}&#39;`);
});

it('links only to what is on the page, and loads nothing but its style', () => {
  const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target);
  expect(targets.filter((target) => !ids.has(target))).toEqual([]);
  expect(page).not.toContain('<script');
  expect(page).not.toMatch(/(?:src|href)="https?:/);
});

it('has the colours of the web app', async () => {
  const own = await readFile(join(import.meta.dirname, 'page.css'), 'utf8');
  const tokens = await readFile(join(import.meta.dirname, '../../../../../../apps/web/src/styles/tokens.css'), 'utf8');
  const declarations = [...own.matchAll(/^ +--\w+: #\w+;$/gm)].map(([line]) => line.trim());
  expect(declarations).toHaveLength(16);
  expect(declarations.filter((line) => !tokens.includes(line))).toEqual([]);
});
