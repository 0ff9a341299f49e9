import { describe, expect, it } from 'vitest';

import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import { readBody, startGatewayHarness } from './fixtures/gateway-harness.ts';
import { startPipeliningUpstream } from './fixtures/pipelining-upstream.ts';

/** In every body that the first session sends: an upstream that takes it for a request writes it into the ledger. */
const HIDDEN = 'GET /v1/hidden HTTP/1.1\r\nhost: x\r\n\r\n';
const BODY = `{"model":"m","of":"first","text":"${HIDDEN}"}`;

interface Framing {
  name: string;
  /** Headers and all that follows them. */
  bytes: string;
  /** Whether the client ends the connection behind the bytes. */
  isCut?: true;
  /** What the upstream may see of it: nothing, or one request with this body. */
  reaches: (endpoint: Endpoint) => string | undefined;
}

const never = () => undefined;
const ifItHasABody = (endpoint: Endpoint) => (endpoint.hasBody ? BODY : undefined);
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const CHUNKED = `${chunk(BODY.slice(0, 20))}${chunk(BODY.slice(20))}0\r\n\r\n`;

const FRAMINGS: Framing[] = [
  { name: 'no body', bytes: '\r\n', reaches: () => '' },
  { name: 'a length of zero', bytes: 'content-length: 0\r\n\r\n', reaches: () => '' },
  { name: 'a length', bytes: `content-length: ${BODY.length}\r\n\r\n${BODY}`, reaches: ifItHasABody },
  { name: 'chunks', bytes: `transfer-encoding: chunked\r\n\r\n${CHUNKED}`, reaches: ifItHasABody },
  {
    name: 'chunks with a trailer',
    bytes: `trailer: x-a\r\ntransfer-encoding: chunked\r\n\r\n${CHUNKED.slice(0, -2)}x-a: b\r\n\r\n`,
    reaches: ifItHasABody,
  },
  {
    name: 'a length that it calls its connection’s own',
    bytes: `connection: content-length, x-api-key\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
    reaches: ifItHasABody,
  },
  {
    name: 'a length and the wish to be asked for the body',
    bytes: `expect: 100-continue\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
    reaches: ifItHasABody,
  },
  {
    name: 'both',
    bytes: `content-length: ${CHUNKED.length}\r\ntransfer-encoding: chunked\r\n\r\n${CHUNKED}`,
    reaches: never,
  },
  { name: 'a body behind a length of zero', bytes: `content-length: 0\r\n\r\n${BODY}`, reaches: never },
  { name: 'a body without framing', bytes: `\r\n${BODY}`, reaches: never },
  { name: 'too small a length', bytes: `content-length: 12\r\n\r\n${BODY}`, reaches: never },
  {
    name: 'too large a length',
    bytes: `content-length: ${BODY.length + 1}\r\n\r\n${BODY}`,
    isCut: true,
    reaches: never,
  },
  {
    name: 'two lengths',
    bytes: `content-length: 5\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
    reaches: never,
  },
  { name: 'no number as length', bytes: `content-length: +${BODY.length}\r\n\r\n${BODY}`, reaches: never },
  {
    name: 'chunks that are cut off',
    bytes: `transfer-encoding: chunked\r\n\r\n${CHUNKED.slice(0, -5)}`,
    isCut: true,
    reaches: never,
  },
  { name: 'a chunk of no size', bytes: `transfer-encoding: chunked\r\n\r\nx\r\n${CHUNKED}`, reaches: never },
  { name: 'another coding', bytes: `transfer-encoding: gzip, chunked\r\n\r\n${CHUNKED}`, reaches: never },
  { name: 'an unknown coding', bytes: `transfer-encoding: chunked, x\r\n\r\n${CHUNKED}`, reaches: never },
  { name: 'a head that is cut off', bytes: `content-length: 5\r\n`, isCut: true, reaches: never },
];

const CASES = ENDPOINTS.flatMap((endpoint) => FRAMINGS.map((framing) => ({ endpoint, framing })));

describe('a call of one session', () => {
  it.each(CASES)(
    'is one request of its own, or none: $endpoint.method $endpoint.path with $framing.name',
    async ({ endpoint, framing }) => {
      await using upstream = await startPipeliningUpstream();
      await using gateway = await startGatewayHarness(undefined, { baseUrl: upstream.baseUrl });
      const { method, path } = endpoint;
      const second = { 'x-api-key': gateway.issue('sesn_2') };
      // Before it, so that there is a connection that could be used again, and behind it.
      const warmUp = await gateway.call({ headers: second, body: '{"of":"second"}' });
      expect(await readBody(warmUp)).toBe('{"of":"second"}');
      const answer = await gateway.sendRaw(
        `${method} ${path} HTTP/1.1\r\nhost: x\r\nx-api-key: ${gateway.token}\r\nconnection: close\r\n${framing.bytes}`,
        { isCut: framing.isCut === true },
      );
      const behind = await gateway.call({ headers: second, body: '{"of":"second, again"}' });
      expect(await readBody(behind)).toBe('{"of":"second, again"}');

      const expected = framing.reaches(endpoint);
      expect(answer.replace(/^HTTP\/1\.1 100 .*\r\n\r\n/, '')).toMatch(
        expected === undefined ? /^$|^HTTP\/1\.1 400 / : /^HTTP\/1\.1 200 /,
      );
      expect(upstream.findProblems()).toEqual([]);
      expect(upstream.ledger.map((entry) => [entry.method, entry.target, entry.body])).toEqual([
        ['POST', '/v1/messages', '{"of":"second"}'],
        ...(expected === undefined ? [] : [[method, path, expected]]),
        ['POST', '/v1/messages', '{"of":"second, again"}'],
      ]);
      expect(upstream.received).not.toContain('csp-session-');
      expect(upstream.ledger.every(({ headers }) => headers['x-api-key'] === 'sk-real-key')).toBe(true);
    },
  );

  it('is one request each where several come on one connection', async () => {
    await using upstream = await startPipeliningUpstream();
    await using gateway = await startGatewayHarness(undefined, { baseUrl: upstream.baseUrl });
    const bodies = ['{"n":1}', '{"n":2}', '{"n":3}'];
    const requests = bodies.map((body, index) => {
      const connection = index === bodies.length - 1 ? 'close' : 'keep-alive';
      const head = `POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${gateway.token}\r\nconnection: ${connection}`;
      return `${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    });
    const answer = await gateway.sendRaw(requests.join(''));
    expect(answer.match(/\{"n":\d\}/g)).toEqual(bodies);
    expect(upstream.findProblems()).toEqual([]);
    expect(upstream.ledger.map(({ body }) => body).toSorted()).toEqual(bodies);
  });

  it('takes nothing that follows a request without a body that has one', async () => {
    await using upstream = await startPipeliningUpstream();
    await using gateway = await startGatewayHarness(undefined, { baseUrl: upstream.baseUrl });
    const head = `host: x\r\nx-api-key: ${gateway.token}\r\n`;
    const answer = await gateway.sendRaw(
      `GET /v1/models HTTP/1.1\r\n${head}content-length: 2\r\n\r\n{}GET /v1/models HTTP/1.1\r\n${head}\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain('200 OK');
    expect(upstream.ledger).toEqual([]);
  });
});

describe('a body', () => {
  it('is refused when it is larger than the API takes, before all of it is there', async () => {
    await using upstream = await startPipeliningUpstream();
    await using gateway = await startGatewayHarness(undefined, { baseUrl: upstream.baseUrl });
    const answer = await gateway.call({ body: Buffer.alloc(33 * 1024 * 1024, 'x') });
    expect(answer.statusCode).toBe(413);
    expect(JSON.parse(await readBody(answer))).toMatchObject({ error: { type: 'request_too_large' } });
    expect(upstream.ledger).toEqual([]);
  });
});
