import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { createWorkspaceDir } from './workspace-dir.ts';

const run = promisify(execFile);

export interface GitServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123`. */
  readonly origin: string;
  /** Where its repositories are. */
  readonly dir: string;
  /** Requests so far, as `GET /name.git/info/refs?service=… 200`. */
  readonly requests: readonly string[];
  /** Makes a bare repository with one commit of these files on the branch `main`; answers with its id. */
  create(name: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** Adds a commit with these files to a branch, which is made where it is missing; answers with its id. */
  commit(name: string, files: Readonly<Record<string, string>>, branch?: string): Promise<string>;
  /** Runs git in a repository; answers with what it writes. */
  git(name: string, ...args: string[]): Promise<string>;
  /** From now on a repository wants this password, and takes any user name; without one everybody may read it. */
  protect(name: string, password: string | undefined): void;
  /** From now on it answers with this status. */
  refuse(name: string, status: number | undefined): void;
  /** From now on it answers requests below `/api/` so; before with 404. */
  answerApi(answer: ((request: ApiRequest) => { status: number; json: unknown }) | undefined): void;
}

export interface ApiRequest {
  method: string;
  /** With its query. */
  path: string;
  authorization: string | undefined;
  body: unknown;
}

const IDENTITY = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.com'];

/** A real git server: git's own `http-backend` behind HTTP with passwords. Who may read may write. */
export async function startGitServer(): Promise<GitServer> {
  const home = await createWorkspaceDir();
  const [dir, trees] = [join(home.path, 'repositories'), join(home.path, 'trees')];
  await mkdir(dir);
  const passwords = new Map<string, string>();
  const refused = new Map<string, number>();
  const requests: string[] = [];
  let api: Parameters<GitServer['answerApi']>[0];
  const environment = { PATH: process.env['PATH'], HOME: home.path, GIT_CONFIG_NOSYSTEM: '1' };
  const git = async (cwd: string, ...args: string[]) =>
    (await run('git', [...IDENTITY, ...args], { cwd, env: environment, maxBuffer: 1 << 28 })).stdout.trim();

  const server = createServer((request, response) => {
    const name = /^\/([^/]+?)(?:\.git)?\//.exec(request.url ?? '')?.[1] ?? '';
    response.once('finish', () => requests.push(`${request.method} ${request.url} ${response.statusCode}`));
    if (name === 'api') return void serveApi(request, response, api);
    const status = refused.get(name);
    if (status !== undefined) return void response.writeHead(status).end();
    const password = passwords.get(name);
    if (password !== undefined && readPassword(request) !== password)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('wrong password\n');
    serve(request, response, { dir, environment });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const commit = async (name: string, files: Readonly<Record<string, string>>, branch: string) => {
    const tree = join(trees, name);
    await git(tree, 'checkout', '-q', '-B', branch);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), text);
    }
    await git(tree, 'add', '-A', '-f');
    await git(tree, 'commit', '-q', '--allow-empty', '-m', `Change ${Object.keys(files).join(', ')}`);
    await git(tree, 'push', '-q', '-f', 'origin', branch);
    return git(tree, 'rev-parse', 'HEAD');
  };

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ dir, requests },
    async create(name, files) {
      const bare = join(dir, `${name}.git`);
      await git(dir, 'init', '-q', '--bare', '-b', 'main', bare);
      for (const key of ['http.receivepack', 'uploadpack.allowAnySHA1InWant']) await git(bare, 'config', key, 'true');
      await git(home.path, 'clone', '-q', bare, join(trees, name));
      return commit(name, files, 'main');
    },
    commit: (name, files, branch = 'main') => commit(name, files, branch),
    git: (name, ...args) => git(join(dir, `${name}.git`), ...args),
    protect(name, password) {
      if (password === undefined) passwords.delete(name);
      else passwords.set(name, password);
    },
    refuse(name, status) {
      if (status === undefined) refused.delete(name);
      else refused.set(name, status);
    },
    answerApi(answer) {
      api = answer;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await home[Symbol.asyncDispose]();
    },
  };
}

async function serveApi(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Parameters<GitServer['answerApi']>[0],
): Promise<void> {
  const text = Buffer.concat(await request.toArray()).toString();
  const { method = '', url: path = '', headers } = request;
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const { status, json } = answer?.({ method, path, authorization: headers.authorization, body }) ?? {
    ...{ status: 404, json: { message: 'Not Found' } },
  };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
}

function readPassword({ headers }: IncomingMessage): string | undefined {
  const [, encoded = ''] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? [];
  return Buffer.from(encoded, 'base64').toString().split(':')[1];
}

/** By CGI, as git's own documentation has it for web servers. */
function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { dir, environment }: { dir: string; environment: NodeJS.ProcessEnv },
): void {
  const { pathname, search } = new URL(request.url ?? '', 'http://git');
  const child = spawn('git', ['http-backend'], {
    env: {
      ...environment,
      GIT_PROJECT_ROOT: dir,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      REMOTE_USER: 'somebody',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      ...(request.headers['content-length'] !== undefined && { CONTENT_LENGTH: request.headers['content-length'] }),
      ...(request.headers['content-encoding'] !== undefined && {
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      }),
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin.on('error', () => undefined));
  let head = Buffer.alloc(0);
  const readHead = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    child.stdout.off('data', readHead);
    for (const line of head.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/);
      if (name === 'Status') response.statusCode = Number(value.slice(0, 3));
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
    child.stdout.pipe(response);
  };
  child.stdout.on('data', readHead);
  response.once('close', () => child.kill());
}
