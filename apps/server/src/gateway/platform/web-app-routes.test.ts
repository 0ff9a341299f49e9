import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib';

import { fastify } from 'fastify';
import { expect, it } from 'vitest';

import { webAppRoutes } from './web-app-routes.ts';

const PAGE = '<!doctype html><title>CSP</title>';
const CODE = 'export const answer = 42;';

/** The routes on a folder that `write` puts files into; `get` asks for one with an `accept-encoding`. */
async function openRoutes() {
  // A folder above that is named as the one of the assets makes nothing immutable.
  const root = await mkdtemp(join(tmpdir(), 'csp-assets-'));
  const dir = join(root, 'assets', 'dist');
  const app = fastify();
  await webAppRoutes(app, { dir });
  return {
    app,
    get: (url: string, encoding = 'identity') => app.inject({ url, headers: { 'accept-encoding': encoding } }),
    async write(name: string, content: string | Buffer) {
      await mkdir(join(dir, 'assets'), { recursive: true });
      await writeFile(join(dir, name), content);
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await rm(root, { recursive: true });
    },
  };
}

it('serves what was compressed when the app was built to whoever takes it, and the plain file to others', async () => {
  await using routes = await openRoutes();
  await routes.write('assets/app-1a2b.js', CODE);
  await routes.write('assets/app-1a2b.js.br', brotliCompressSync(CODE));
  await routes.write('assets/app-1a2b.js.gz', gzipSync(CODE));

  const brotli = await routes.get('/assets/app-1a2b.js', 'gzip, deflate, br');
  expect(brotli.headers).toMatchObject({
    'content-encoding': 'br',
    'content-type': 'application/javascript; charset=utf-8',
    vary: 'accept-encoding',
  });
  expect(brotliDecompressSync(brotli.rawPayload).toString()).toBe(CODE);
  expect((await routes.get('/assets/app-1a2b.js', 'gzip')).headers['content-encoding']).toBe('gzip');

  const plain = await routes.get('/assets/app-1a2b.js');
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(plain.headers.vary).toBe('accept-encoding');
  expect(plain.body).toBe(CODE);
});

it('lets browsers keep assets, whose names change with them, for good, and ask about pages each time', async () => {
  await using routes = await openRoutes();
  await routes.write('index.html', PAGE);
  await routes.write('icon.svg', '<svg/>');
  await routes.write('assets/app-1a2b.js', CODE);

  expect((await routes.get('/assets/app-1a2b.js')).headers['cache-control']).toMatch(/^public.*immutable$/);
  for (const path of ['/', '/icon.svg', '/sessions/sesn_1', '/settings']) {
    expect((await routes.get(path)).headers['cache-control']).toBe('no-cache');
  }
  const { headers } = await routes.get('/');
  const again = await routes.app.inject({ url: '/', headers: { 'if-none-match': String(headers.etag) } });
  expect(again.statusCode).toBe(304);
});

it('serves an app that was built after the start, and one that is built anew', async () => {
  await using routes = await openRoutes();
  expect((await routes.get('/')).statusCode).toBe(404);

  await routes.write('index.html', PAGE);
  await routes.write('assets/app-1a2b.js', CODE);
  expect((await routes.get('/')).body).toBe(PAGE);
  expect((await routes.get('/assets/app-3c4d.js')).statusCode).toBe(404);

  await routes.write('index.html', PAGE.replace('CSP', 'CSP 2'));
  await routes.write('assets/app-3c4d.js', CODE);
  expect((await routes.get('/')).body).toContain('CSP 2');
  expect((await routes.get('/assets/app-3c4d.js')).body).toBe(CODE);
});

it('answers what is not there with an error that nobody keeps, and never with a page or a file from elsewhere', async () => {
  await using routes = await openRoutes();
  await routes.write('index.html', PAGE);
  await routes.write('../secret.txt', 'secret');
  const paths = [
    '/assets/gone-1a2b.js',
    '/favicon.ico',
    '/assets/..%2f..%2fsecret.txt',
    '/api/v1/nothing',
    '/v1/nothing',
  ];
  for (const path of paths) {
    const response = await routes.get(path);
    expect(response.statusCode, path).toBe(404);
    expect(response.headers['cache-control'], path).toBe('no-store');
    expect(response.json(), path).toMatchObject({ error: { type: 'not_found_error' } });
  }
  expect((await routes.get('/..%2fsecret.txt')).body).toBe(PAGE);
});
