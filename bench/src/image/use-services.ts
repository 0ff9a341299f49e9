import { readFile } from 'node:fs/promises';

import { until } from '@claude-sdk-pattern/testkit';

import type { Compose } from './compose.ts';
import type { Docker } from './docker-daemon.ts';
import { listEvents, readStream, say, signIn, trustAuthority, waitForAnswer, type Person } from './person.ts';

/** Where Caddy keeps the certificate of its own authority, which signs for `localhost`. */
const AUTHORITY = '/data/caddy/pki/authorities/local/root.crt';
/** So many chunks of an answer come apart by the model's pace, which is slow here. */
const CHUNKS = 15;
const LEAST_SPREAD_MS = 300;
const RESTART_TIMEOUT_MS = 90_000;
const UPLOAD_BYTES = 12 * 1024 * 1024;

export interface Use {
  docker: Docker;
  compose: Compose;
  /** Where the proxy listens, and the origin of the public address. */
  url: string;
  origin: string;
  /** Called with each thing that was tried, and what was seen. */
  note: (what: string, seen: string) => void;
  /** Called with each thing that is not as it should be. */
  problem: (text: string) => void;
}

/** The main job: sign in as the first user, talk, stream, upload; then stop in the middle of a turn and go on. */
export async function useServices(use: Use): Promise<void> {
  const { docker, compose, note } = use;
  const server = compose.containerOf('server');
  const inServer = (...args: string[]) => docker.run(['exec', server, ...args]);

  trustAuthority(await docker.run(['exec', compose.containerOf('proxy'), 'cat', AUTHORITY]));
  const person = await signInAsFirst(use, await inServer('csp', 'sign-in-link'));
  await checkConfinement(use, person, await inServer('csp', 'doctor', '--json').catch((error: Error) => error.message));

  const first = await person.connect();
  const created = await first.request({ type: 'session.create', session: { title: 'In a container' } });
  if (created.type !== 'reply') throw new Error(`No session: ${JSON.stringify(created)}`);
  const { id } = (created.result as { session: { id: string } }).session;
  const hello = await say(first, id, 'hello');
  note('First turn, over a WebSocket', `answered with ${(await waitForAnswer(first, hello.seq)).length} characters`);
  await first[Symbol.asyncDispose]();
  await upload(use, person);

  const up = () => compose.run('up', '--detach', '--wait');
  await stopInTurn(use, person, {
    ...{ id, name: 'docker stop', stop: () => docker.run(['stop', server]) },
    start: () => docker.run(['start', server]),
  });
  await stopInTurn(use, person, { id, name: 'docker compose stop', stop: () => compose.run('stop'), start: up });
}

interface StopWay {
  /** The session. */
  id: string;
  name: string;
  stop: () => Promise<unknown>;
  start: () => Promise<unknown>;
}

/** Stops the server as an operator does, while a turn runs, looks at what is left of it, and goes on after the start. */
async function stopInTurn(use: Use, person: Person, way: StopWay): Promise<void> {
  const { docker, compose, note, problem } = use;
  const { id, name } = way;
  const server = compose.containerOf('server');
  const socket = await person.connect();
  const attached = await socket.request({ type: 'session.attach', session_id: id, after: 0 });
  if (attached.type !== 'reply') throw new Error(`Not attached: ${JSON.stringify(attached)}`);
  const { last_seq: last } = attached.result as unknown as { last_seq: number };
  const story = { seq: 0 };
  const path = `/v1/sessions/${id}/events/stream?event_deltas=agent.message&after=${last}`;
  const { arrivals, type } = await readStream(person, path, {
    onOpen: async () => Object.assign(story, await say(socket, id, 'count to 400')),
    isEnough: (all) => all.length >= CHUNKS,
  });
  const spread = (arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0);
  note('Event stream through the proxy', `${type}, ${arrivals.length} chunks over ${Math.round(spread)} ms`);
  // Held back, they would come all at once.
  if (spread < LEAST_SPREAD_MS) problem('The proxy holds back the event stream');

  // The turn runs: the model counts for half a minute.
  const zombies = await listZombies(docker, server);
  if (zombies > 0) problem(`${zombies} zombies in the container`);
  const before = listEvents(socket, id).map(({ seq, event }) => `${seq} ${event.id}`);
  await stopAndLook(use, way);
  await socket[Symbol.asyncDispose]();

  await way.start();
  const again = await until('the proxy reaches the server again', () => person.connect(), RESTART_TIMEOUT_MS);
  await again.request({ type: 'session.attach', session_id: id, after: 0 });
  await again.waitFor(
    (frame) => frame.type === 'event' && frame.seq > story.seq && frame.event.type === 'session.status_idle',
    90_000,
  );
  const after = new Set(listEvents(again, id).map(({ seq, event }) => `${seq} ${event.id}`));
  const lost = before.filter((each) => !after.has(each));
  if (lost.length > 0) problem(`Events that were shown before ${name} are gone: ${lost.slice(0, 3).join(', ')}`);
  note(
    `After ${name} and the start`,
    `all ${before.length} events that were shown are there, the acknowledged message too`,
  );
  const end = Math.max(...listEvents(again, id).map(({ seq }) => seq));
  await say(again, id, 'hello again');
  note('The conversation goes on', `answered with ${(await waitForAnswer(again, end)).length} characters`);
  await again[Symbol.asyncDispose]();
}

async function signInAsFirst({ url, origin, note, problem }: Use, link: string): Promise<Person> {
  const address =
    link
      .trim()
      .split('\n')
      .find((line) => line.includes('#link=')) ?? '';
  if (!address.includes(`${origin}/sign-in#link=`))
    problem(`The sign-in link is not at the public address: ${address.split('#')[0]}`);
  const person = await signIn(url, { origin, link_token: address.split('#link=')[1]?.trim() ?? '' });
  const kept = /^__Host-.*; Secure/i.test(person.setCookie.replaceAll('\n', ' '));
  if (!kept) problem('The cookie is not bound to https and its host');
  note('First user', 'signed in by the link of csp sign-in-link; the cookie is __Host-, Secure');
  const page = await person.request('/');
  const html = await page.text();
  if (!page.ok || !html.includes('<div id="root">')) problem('The web app is not served');
  const script = /src="([^"]+\.js)"/.exec(html)?.[1];
  const code = script === undefined ? undefined : await person.request(script);
  if (!code?.ok) problem('The code of the web app is not served');
  note('Web app', `served, ${(await code?.text())?.length ?? 0} characters of code`);
  return person;
}

async function checkConfinement({ note, problem }: Use, person: Person, doctor: string): Promise<void> {
  const bootstrap = (await (await person.request('/api/v1/bootstrap')).json()) as { server?: unknown };
  const unconfined = JSON.stringify(bootstrap).match(/"unconfined":("[^"]*"|null)/)?.[1];
  const sandbox = /"name":\s*"Sandbox"[^}]*/.exec(doctor)?.[0] ?? doctor;
  if (unconfined !== 'null' || !sandbox.includes('"ok"')) problem(`Agents are not confined: ${unconfined} ${sandbox}`);
  note('Agents', 'confined by bubblewrap in the container, by csp doctor and the web app');
}

async function upload({ note, problem }: Use, person: Person): Promise<void> {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(UPLOAD_BYTES)]), 'zeros.bin');
  const answer = await person.request('/v1/files', { method: 'POST', body: form });
  if (!answer.ok) problem(`An upload of 12 MB is refused: ${answer.status} ${await answer.text()}`);
  note('Upload of 12 MB', `${answer.status}`);
}

async function stopAndLook({ docker, compose, note, problem }: Use, { name, stop }: StopWay): Promise<void> {
  const server = compose.containerOf('server');
  const group = await docker.run(['inspect', '--format', '{{.Id}}', server]);
  const pids = await listPids(docker, server);
  const startedAt = performance.now();
  await stop();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const state = await docker.run(['inspect', '--format', '{{.State.ExitCode}} {{.State.OOMKilled}}', server]);
  if (state !== '0 false') problem(`The server did not stop in good order: exit code ${state}`);
  const left = (await Promise.all(pids.map((pid) => isInContainer(pid, group)))).filter(Boolean).length;
  if (left > 0) problem(`${left} processes of the container are left after its stop`);
  note(
    `${name} in the middle of a turn`,
    `exit code ${state.split(' ')[0]} after ${seconds} s; of ${pids.length} processes ${left} are left`,
  );
}

async function listPids(docker: Docker, container: string): Promise<string[]> {
  const [, ...lines] = (await docker.run(['top', container, '-eo', 'pid,stat'])).split('\n');
  return lines.map((line) => line.trim().split(/\s+/)[0] ?? '');
}

async function listZombies(docker: Docker, container: string): Promise<number> {
  const [, ...lines] = (await docker.run(['top', container, '-eo', 'pid,stat'])).split('\n');
  return lines.filter((line) => line.trim().split(/\s+/)[1]?.startsWith('Z')).length;
}

/** By its control group: a process id may have been given to another program since. */
async function isInContainer(pid: string, id: string): Promise<boolean> {
  return (await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')).includes(id);
}
