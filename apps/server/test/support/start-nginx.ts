import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findFreePort, until } from '@claude-sdk-pattern/testkit';

const SITE = join(import.meta.dirname, '../../../../deploy/nginx/csp.conf');
const run = promisify(execFile);

export interface TestNginx extends AsyncDisposable {
  /** `https://localhost:PORT` */
  url: string;
  /** Where it answers without TLS. */
  plainUrl: string;
  /** Its certificate, which signs for itself. */
  ca: string;
}

/** Whether nginx and openssl, which makes the certificate, are installed. */
export async function hasNginx(): Promise<boolean> {
  const tried = await Promise.allSettled([run('nginx', ['-v']), run('openssl', ['version'])]);
  return tried.every(({ status }) => status === 'fulfilled');
}

/** A port for nginx, known before the server starts, whose address behind nginx it is part of. */
export interface NginxPorts {
  secure: number;
  plain: number;
}

export async function findNginxPorts(): Promise<NginxPorts> {
  return { secure: await findFreePort(), plain: await findFreePort() };
}

/**
 * Starts a real nginx with the repository's own site, which changes only in ports, host name, certificate and server.
 * @param belowPath where the site also has its location, and passes requests on as they are, such as `/agents/`
 */
export async function startNginx(serverUrl: string, ports: NginxPorts, belowPath: string): Promise<TestNginx> {
  const { secure, plain } = ports;
  const dir = await mkdtemp(join(tmpdir(), 'csp-nginx-'));
  const [key, certificate] = [join(dir, 'key.pem'), join(dir, 'certificate.pem')];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate],
  ]);
  const site = (await readFile(SITE, 'utf8'))
    .replaceAll('127.0.0.1:4600', new URL(serverUrl).host)
    .replace(/^ {4}location \/ (\{[^}]*\})/m, `$&\n    location ${belowPath} $1`)
    .replaceAll(/listen (\[::\]:)?443 /g, (_whole, v6 = '') => `listen ${v6 || '0.0.0.0:'}${secure} `)
    .replaceAll(/listen (\[::\]:)?80;/g, (_whole, v6 = '') => `listen ${v6 || '0.0.0.0:'}${plain};`)
    .replaceAll('agents.example.com', 'localhost')
    .replaceAll(/^(\s*ssl_certificate\s+).*$/gm, `$1${certificate};`)
    .replaceAll(/^(\s*ssl_certificate_key\s+).*$/gm, `$1${key};`);
  await writeFile(join(dir, 'site.conf'), site);
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const main = [
    ...[process.getuid?.() === 0 ? 'user root;' : '', 'daemon off;', `pid ${dir}/nginx.pid;`, 'worker_processes 1;'],
    ...['events {}', 'http {', 'access_log off;', ...folders.map((name) => `${name}_temp_path ${dir}/${name};`)],
    ...[`include ${dir}/site.conf;`, '}'],
  ];
  await writeFile(join(dir, 'nginx.conf'), main.join('\n'));
  const log = join(dir, 'error.log');
  const nginx = spawn('nginx', ['-e', log, '-p', dir, '-c', join(dir, 'nginx.conf')], { stdio: 'ignore' });
  const exited = once(nginx, 'exit');
  await until('nginx listens', () => {
    if (nginx.exitCode !== null) throw new Error(`nginx ended with ${nginx.exitCode}`);
    return canConnect(secure);
  }).catch(async (error: unknown) => {
    nginx.kill();
    throw new Error(await readFile(log, 'utf8').catch(String), { cause: error });
  });
  return {
    url: `https://localhost:${secure}`,
    plainUrl: `http://localhost:${plain}`,
    ca: await readFile(certificate, 'utf8'),
    async [Symbol.asyncDispose]() {
      nginx.kill();
      await exited;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
