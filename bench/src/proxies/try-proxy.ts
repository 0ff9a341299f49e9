import type { TestServer } from '@claude-sdk-pattern/testkit';

import { readStream, say, signIn, waitForAnswer, type Person } from '../image/person.ts';

const CHUNKS = 15;
const LEAST_SPREAD_MS = 300;
const UPLOAD_BYTES = 12 * 1024 * 1024;
/** An address that a client claims to have; one of those that are kept for examples. */
const CLAIMED = '192.0.2.66';

export interface ProxyTrial {
  server: TestServer;
  /** `https://localhost:PORT` of the proxy. */
  origin: string;
  /** `/agents`, or empty. */
  path: string;
  note: (what: string, seen: string) => void;
  problem: (text: string) => void;
}

/** Signs in, talks over a WebSocket and reads the event stream, uploads, opens the page, and looks for the client's address. */
export async function tryProxy(trial: ProxyTrial): Promise<void> {
  const { server, origin, path, note, problem } = trial;
  const person = await signIn(`${origin}${path}`, { origin, api_key: server.apiKey });
  const isKept = path === '' ? person.setCookie.startsWith('__Host-') : person.setCookie.includes(`Path=${path};`);
  if (!isKept || !/; Secure/i.test(person.setCookie)) problem(`The cookie is ${person.setCookie.split('=')[0]} only`);
  note('sign-in', `${person.cookie.split('=')[0]}, Secure`);
  await talk(trial, person);

  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(UPLOAD_BYTES)]), 'zeros.bin');
  const uploaded = await person.request('/v1/files', { method: 'POST', body: form });
  if (!uploaded.ok) problem(`An upload of 12 MB is refused: ${uploaded.status}`);
  note('upload of 12 MB', String(uploaded.status));

  const html = await (await person.request('/settings')).text();
  const addresses = [...html.matchAll(/\s(?:href|src)="(\/[^"]*)"/g)].map(([, address = '']) => address);
  const answers = await Promise.all(addresses.map((address) => fetch(`${origin}${address}`)));
  const wrong = addresses.filter((address, at) => !address.startsWith(`${path}/`) || answers[at]?.ok !== true);
  if (addresses.length === 0 || wrong.length > 0) problem(`Addresses of the page lead nowhere: ${wrong.join(' ')}`);
  note('web app', `served, ${addresses.length} addresses in the page answer`);

  await person.request('/api/v1/bootstrap', { headers: { 'x-forwarded-for': CLAIMED } });
  await signIn(`${origin}${path}`, { origin, api_key: server.apiKey }, { 'x-forwarded-for': CLAIMED });
  const { data } = (await (await person.request('/api/v1/sign-ins')).json()) as { data: { address: string }[] };
  const seen = [...new Set(data.map(({ address }) => address))];
  if (data.length < 2 || seen.some((address) => !/^(::ffff:)?127\.0\.0\.1$|^::1$/.test(address)))
    problem(`The server believes the address that a client claims: ${seen.join(', ')}`);
  note('address of the client', `${seen.join(', ')}; what the client claims is not believed`);
}

async function talk({ note, problem }: ProxyTrial, person: Person): Promise<void> {
  const socket = await person.connect();
  const created = await socket.request({ type: 'session.create', session: {} });
  if (created.type !== 'reply') throw new Error(`No session: ${JSON.stringify(created)}`);
  const { id } = (created.result as { session: { id: string } }).session;
  const hello = await say(socket, id, 'hello');
  note('turn over a WebSocket', `answered with ${(await waitForAnswer(socket, hello.seq)).length} characters`);
  const stream = `/v1/sessions/${id}/events/stream?event_deltas=agent.message&after=${hello.seq}`;
  const { arrivals, type } = await readStream(person, stream, {
    onOpen: () => say(socket, id, 'count to 100'),
    isEnough: (all) => all.length >= CHUNKS,
  });
  const spread = (arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0);
  // Held back, they would come all at once.
  if (spread < LEAST_SPREAD_MS) problem('The event stream is held back');
  note('event stream', `${type}, ${arrivals.length} chunks over ${Math.round(spread)} ms`);
  await socket[Symbol.asyncDispose]();
}
