import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const GUIDE = join(ROOT, 'docs/operate/deploy.md');

/** Where a proxy listens, and what is behind it. */
export interface ProxyPlace {
  /** A folder of its own. */
  dir: string;
  /** Ports for https and http. */
  secure: number;
  plain: number;
  /** `127.0.0.1:PORT` of the server. */
  upstream: string;
  /** `/agents`, or empty at the root. */
  path: string;
  /** Files of a certificate for `localhost`. */
  certificate: string;
  key: string;
}

/** A proxy that the deployment guide shows. */
export interface ProxyKind {
  /** The name of its program. */
  name: string;
  /** How its version is asked for. */
  versionArgs: readonly string[];
  /** Its configuration files by name, made of those in `deploy/` or of the guide's lines, and its arguments. */
  configure: (place: ProxyPlace) => Promise<{ files: Record<string, string>; args: string[] }>;
}

export const CADDY: ProxyKind = {
  name: 'caddy',
  versionArgs: ['version'],
  async configure({ dir, secure, plain, upstream, path, certificate, key }) {
    const site = path === '' ? await readDeployFile('caddy/Caddyfile') : await readFromGuide('caddy');
    const address = `localhost:${secure}`;
    const files = {
      Caddyfile: [
        `{\n\tadmin off\n\tskip_install_trust\n\thttp_port ${plain}\n\tstorage file_system ${dir}/storage\n}`,
        site
          .replace(/^(\{\$CSP_HOST:.*?\}|example\.com) \{$/m, `${address} {\n\ttls ${certificate} ${key}`)
          .replace(/\{\$CSP_UPSTREAM:.*?\}|127\.0\.0\.1:4600/, upstream),
      ].join('\n'),
    };
    return { files, args: ['run', '--adapter', 'caddyfile', '--config', join(dir, 'Caddyfile')] };
  },
};

export const TRAEFIK: ProxyKind = {
  name: 'traefik',
  versionArgs: ['version'],
  async configure({ dir, secure, plain, upstream, path, certificate, key }) {
    const rule = path === '' ? undefined : /^rule: (.*)$/m.exec(await readFromGuide('yaml'))?.[1];
    const main = (await readDeployFile('traefik/traefik.yaml'))
      .replace("':443'", `'127.0.0.1:${secure}'`)
      .replace("':80'", `'127.0.0.1:${plain}'`)
      .replace('/etc/traefik/conf.d\n', `${dir}/conf.d\n`)
      // A certificate authority that nobody listens at: nothing leaves this machine.
      .replace('/var/lib/traefik/acme.json', `${dir}/acme.json\n      caServer: https://127.0.0.1:9/directory`);
    const site = (await readDeployFile('traefik/csp.yaml'))
      .replace(/rule: .*/, (given) => (rule === undefined ? given : `rule: ${rule}`))
      .replace(/Host\(`[^`]*`\)/, 'Host(`localhost`)')
      .replace('127.0.0.1:4600', upstream);
    const tls = `tls:\n  stores:\n    default:\n      defaultCertificate: { certFile: ${certificate}, keyFile: ${key} }\n`;
    return {
      files: { 'traefik.yaml': main, 'conf.d/csp.yaml': site, 'conf.d/certificate.yaml': tls },
      args: [`--configFile=${join(dir, 'traefik.yaml')}`],
    };
  },
};

function readDeployFile(name: string): Promise<string> {
  return readFile(join(ROOT, 'deploy', name), 'utf8');
}

/** The first fenced block of a language in the part "Below a path". */
async function readFromGuide(language: string): Promise<string> {
  const [, part = ''] = (await readFile(GUIDE, 'utf8')).split('\n## Below a path\n');
  const block = new RegExp('```' + language + '\\n([^]*?)```').exec(part)?.[1];
  if (block === undefined) throw new Error(`${GUIDE} shows no ${language} below a path`);
  return block;
}
