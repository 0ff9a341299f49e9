import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { EventStreamCodec } from '@smithy/eventstream-codec';
import { importSPKI, jwtVerify } from 'jose';
import { expect, it } from 'vitest';

import { readBody, startGatewayHarness } from '../../fixtures/gateway-harness.ts';
import { createFixedKey } from '../upstream-keys.ts';
import type { CloudService } from './cloud-service.ts';

interface Asked {
  request: IncomingMessage;
  body: string;
}

/** A real server that answers as a cloud does, and keeps what it was asked. */
async function startCloud(answer: (response: ServerResponse, asked: Asked) => unknown) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      asked.push({ request, body });
      answer(response, { request, body });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    asked,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const utf8 = { to: (bytes: Uint8Array) => Buffer.from(bytes).toString(), from: (text: string) => Buffer.from(text) };
const codec = new EventStreamCodec(utf8.to, utf8.from);
const text = (value: string) => ({ type: 'string', value }) as const;

/** A frame of Bedrock's stream, as AWS's own codec writes it. */
const toFrame = (event: object) =>
  codec.encode({
    headers: {
      ':message-type': text('event'),
      ':event-type': text('chunk'),
      ':content-type': text('application/json'),
    },
    body: Buffer.from(JSON.stringify({ bytes: Buffer.from(JSON.stringify(event)).toString('base64') })),
  });
const toException = (type: string, message: string) =>
  codec.encode({
    headers: {
      ':message-type': text('exception'),
      ':exception-type': text(type),
      ':content-type': text('application/json'),
    },
    body: Buffer.from(JSON.stringify({ message })),
  });

const EVENTS = [
  { type: 'message_start', message: { model: 'claude-opus-5-5', usage: { input_tokens: 3, output_tokens: 1 } } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Grüße' } },
  { type: 'message_delta', delta: {}, usage: { output_tokens: 4 } },
  { type: 'message_stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 3 } },
];
const toSse = (event: { type: string }) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

const ASKED = {
  model: 'claude-opus-5-5',
  stream: true,
  max_tokens: 10,
  service_tier: 'auto',
  context_management: { edits: [] },
  system: [{ type: 'text', text: 'S', cache_control: { type: 'ephemeral', scope: 'global' } }],
  messages: [{ role: 'user', content: 'hi' }],
};
const HEADERS = {
  'anthropic-version': '2023-06-01',
  'anthropic-beta': 'claude-code-20250219,interleaved-thinking-2025-05-14',
  'x-claude-code-session-id': 'own',
};
const SENT = {
  max_tokens: 10,
  system: [{ type: 'text', text: 'S', cache_control: { type: 'ephemeral' } }],
  messages: ASKED.messages,
  anthropic_beta: ['interleaved-thinking-2025-05-14'],
};

function openGateway(
  given: Pick<CloudService, 'kind' | 'baseUrl'> & Partial<CloudService>,
  key: string,
  breaker?: number,
) {
  const cloud: CloudService = {
    ...{ region: 'eu-central-1', project: undefined, modelIds: {}, dropFields: ['service_tier'] },
    betas: ['interleaved-thinking-2025-05-14'],
    ...given,
  };
  return startGatewayHarness(undefined, {
    upstreams: [{ name: 'cloud', baseUrl: '', cloud, models: null, findKey: createFixedKey(key) }],
    ...(breaker !== undefined && { breaker: { failures: breaker, windowMs: 60_000, openMs: 15_000 } }),
  });
}

type Gateway = Awaited<ReturnType<typeof openGateway>>;

async function ask(gateway: Gateway, body: object = ASKED, path = '/v1/messages?beta=true') {
  const headers = { ...HEADERS, 'x-api-key': gateway.token, 'content-type': 'application/json' };
  const response = await gateway.call({ path, headers, body: JSON.stringify(body) });
  return { status: response.statusCode, headers: response.headers, body: await readBody(response) };
}

const AWS_KEYS = { access_key_id: 'AKIDEXAMPLE', secret_access_key: 'wJalrXUtnFEMI', session_token: 'session' };

const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();
const sha256 = (data: string) => createHash('sha256').update(data).digest('hex');

/** The signature of a request by the documentation of AWS Signature Version 4, without code of AWS. */
function sign({ request: { method, url, headers }, body }: Asked): string {
  const [path = '', query = ''] = (url ?? '').split('?');
  const [, date = '', region = '', names = ''] =
    /Credential=[^/]+\/(\d+)\/([^/]+)\/bedrock\/aws4_request, SignedHeaders=([^,]+)/.exec(
      headers.authorization ?? '',
    ) ?? [];
  const signed = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  // Each part of the path is encoded once more.
  const canonicalPath = path.split('/').map(encodeURIComponent).join('/');
  const canonical = [method, canonicalPath, query, signed.join(''), names, sha256(body)].join('\n');
  const scope = `${date}/${region}/bedrock/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const parts = [date, region, 'bedrock', 'aws4_request'];
  const key = parts.reduce<string | Buffer>((before, part) => hmac(before, part), `AWS4${AWS_KEYS.secret_access_key}`);
  return createHmac('sha256', key).update(toSign).digest('hex');
}

it('speaks to Bedrock: signed, with its ids and fields, and its frames become events of the Messages API', async () => {
  await using cloud = await startCloud((response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    const bytes = Buffer.concat(EVENTS.map(toFrame));
    // Cut in the middle of a frame.
    response.write(bytes.subarray(0, 150));
    setImmediate(() => response.end(bytes.subarray(150)));
  });
  await using gateway = await openGateway({ kind: 'bedrock', baseUrl: cloud.baseUrl }, JSON.stringify(AWS_KEYS));
  const answer = await ask(gateway);
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
  expect(answer.body).toBe(EVENTS.map(toSse).join(''));
  const [asked] = cloud.asked;
  if (asked === undefined) throw new Error('Bedrock was not asked');
  expect(asked.request.url).toBe('/model/eu.anthropic.claude-opus-5-5/invoke-with-response-stream');
  expect(JSON.parse(asked.body)).toEqual({ ...SENT, anthropic_version: 'bedrock-2023-05-31' });
  expect(asked.request.headers).not.toHaveProperty('x-claude-code-session-id');
  expect(asked.request.headers['x-amz-security-token']).toBe('session');
  expect(asked.request.headers.authorization).toContain(`Signature=${sign(asked)}`);
  expect(gateway.metered).toMatchObject([
    { upstream: 'cloud', usage: { model: 'claude-opus-5-5', inputTokens: 3, outputTokens: 4 }, isCut: false },
  ]);
});

it('reads the errors of Bedrock as those of the Messages API, before and in a stream, and gives it up when it fails', async () => {
  const answers = [
    (response: ServerResponse) =>
      response
        .writeHead(429, { 'x-amzn-errortype': 'ThrottlingException', 'retry-after': '7' })
        .end('{"message":"Slow down"}'),
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      response.end(toException('throttlingException', 'Too many'));
    },
    (response: ServerResponse) => response.writeHead(400).end('{"message":"Input is too long for requested model."}'),
    (response: ServerResponse) => response.writeHead(424).end('{"message":"The model failed"}'),
  ];
  await using cloud = await startCloud((response) => answers.shift()?.(response));
  await using gateway = await openGateway({ kind: 'bedrock', baseUrl: cloud.baseUrl }, 'a-bearer-key', 1);
  const throttled = await ask(gateway);
  expect([throttled.status, throttled.headers['retry-after']]).toEqual([429, '7']);
  expect(JSON.parse(throttled.body)).toMatchObject({ error: { type: 'rate_limit_error' } });
  expect(cloud.asked[0]?.request.headers.authorization).toBe('Bearer a-bearer-key');
  const inStream = await ask(gateway);
  expect([inStream.status, JSON.parse(inStream.body)]).toMatchObject([
    429,
    { error: { type: 'rate_limit_error', message: 'Too many' } },
  ]);
  expect(await ask(gateway)).toMatchObject({ status: 400, body: expect.stringContaining('Input is too long') });
  expect(gateway.upstreams.list()).toMatchObject([{ state: 'closed' }]);
  expect(await ask(gateway)).toMatchObject({ status: 500 });
  expect(gateway.upstreams.list()).toMatchObject([{ state: 'open' }]);
});

it('refuses a key that Bedrock cannot have, without giving it up, and says that it counts no tokens', async () => {
  await using cloud = await startCloud((response) => void response.end());
  await using gateway = await openGateway({ kind: 'bedrock', baseUrl: cloud.baseUrl }, '{"wrong":"SECRET"}', 1);
  const refused = await ask(gateway);
  expect(refused).toMatchObject({ status: 401, body: expect.stringContaining("refuses the server's API key") });
  expect(refused.body).not.toContain('SECRET');
  expect(await ask(gateway, ASKED, '/v1/messages/count_tokens')).toMatchObject({ status: 404 });
  expect([cloud.asked, gateway.upstreams.list()]).toMatchObject([[], [{ state: 'closed' }]]);
});

it('refuses what no agent may ask a cloud for, and is not given up for it', async () => {
  await using cloud = await startCloud((response) => void response.end());
  await using gateway = await openGateway({ kind: 'bedrock', baseUrl: cloud.baseUrl }, 'a-bearer-key', 1);
  const part = { type: 'text', text: 'hi' };
  for (const body of [{ model: '..' }, { model: '\ud800' }, { model: 'claude sonnet' }])
    expect(await ask(gateway, { ...ASKED, ...body })).toMatchObject({ status: 400 });
  expect(cloud.asked).toEqual([]);
  await ask(gateway, { ...ASKED, messages: [null, { role: 'user', content: [null, part] }] });
  expect(gateway.upstreams.list()).toMatchObject([{ state: 'closed' }]);
  const account = JSON.stringify({ client_email: 'csp@p1.iam.gserviceaccount.com', private_key: 'SECRET' });
  await using vertex = await openGateway({ kind: 'vertex', baseUrl: cloud.baseUrl }, account, 1);
  const refused = await ask(vertex);
  expect(refused).toMatchObject({ status: 401, body: expect.not.stringContaining('SECRET') });
  expect(vertex.upstreams.list()).toMatchObject([{ state: 'closed' }]);
});

it('speaks to Vertex with a token that the service account has signed, streams and counts tokens', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = { private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
  const account = JSON.stringify({ ...pem, client_email: 'csp@p1.iam.gserviceaccount.com', project_id: 'p1' });
  await using cloud = await startCloud((response, { request }) => {
    if (request.url?.includes('count-tokens') === true) return void response.end('{"input_tokens":9}');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(EVENTS.map(toSse).join(''));
  });
  const service = { kind: 'vertex', baseUrl: `${cloud.baseUrl}/v1`, region: 'global' } as const;
  await using gateway = await openGateway(
    { ...service, modelIds: { 'claude-opus-5-5': 'claude-opus-5-5@1' } },
    account,
  );
  expect(await ask(gateway)).toMatchObject({ status: 200, body: EVENTS.map(toSse).join('') });
  expect(JSON.parse((await ask(gateway, ASKED, '/v1/messages/count_tokens')).body)).toEqual({ input_tokens: 9 });
  const models = '/v1/projects/p1/locations/global/publishers/anthropic/models';
  expect(cloud.asked.map(({ request }) => request.url)).toEqual([
    `${models}/claude-opus-5-5@1:streamRawPredict`,
    `${models}/count-tokens:rawPredict`,
  ]);
  const [asked] = cloud.asked;
  expect(JSON.parse(asked?.body ?? '')).toEqual({ ...SENT, stream: true, anthropic_version: 'vertex-2023-10-16' });
  const token = asked?.request.headers.authorization?.slice('Bearer '.length) ?? '';
  const key = await importSPKI(publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'RS256');
  expect((await jwtVerify(token, key)).payload).toMatchObject({ iss: 'csp@p1.iam.gserviceaccount.com' });
  expect(gateway.metered).toMatchObject([{ usage: { inputTokens: 3, outputTokens: 4 }, isCut: false }]);
});
