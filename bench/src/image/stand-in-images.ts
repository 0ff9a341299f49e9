import { access, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import type { Docker } from './docker-daemon.ts';
import { runTool } from './run-tool.ts';

/** What Debian's slim images leave out (https://github.com/debuerreotype/debuerreotype, slimify). */
const LEFT_OUT = ['doc', 'info', 'locale', 'man'].map((name) => `/usr/share/${name}`);
const AUTHORITIES = '/usr/local/share/ca-certificates';

/** Debian's PostgreSQL with the environment variables of the image that the compose file names. */
const DATABASE = `FROM debian:bookworm-slim
RUN groupadd --gid 999 postgres && useradd --uid 999 --gid 999 --home-dir /var/lib/postgresql postgres \\
  && apt-get update && apt-get install -y --no-install-recommends postgresql-common \\
  && echo 'create_main_cluster = false' >> /etc/postgresql-common/createcluster.conf \\
  && apt-get install -y --no-install-recommends postgresql \\
  && ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/ \\
  && install --directory --owner 999 --group 999 --mode 1777 /var/lib/postgresql/data
RUN printf '%s\\n' '#!/bin/sh' 'set -e' 'cd /var/lib/postgresql/data' \\
  'if [ ! -s PG_VERSION ]; then' \\
  '  initdb --pgdata . --username "$POSTGRES_USER" --pwfile "$POSTGRES_PASSWORD_FILE" --auth-host scram-sha-256 >/dev/null' \\
  '  echo "host all all all scram-sha-256" >> pg_hba.conf' \\
  '  echo "CREATE DATABASE $POSTGRES_DB" | postgres --single -D . postgres >/dev/null' \\
  'fi' \\
  "exec postgres -D . -h '*'" > /usr/local/bin/start-database && chmod 755 /usr/local/bin/start-database
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
CMD ["start-database"]
`;

/** Debian's Caddy at the paths of the image that the compose file names. */
const PROXY = `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends busybox ca-certificates caddy \\
  && ln -s /bin/busybox /usr/local/bin/wget
ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
`;

/** Makes the base of the Dockerfile with debootstrap and imports it under the name that the Dockerfile uses. */
export async function importBase(docker: Docker, { dir, name }: { dir: string; name: string }): Promise<void> {
  const root = join(dir, 'base');
  await runTool('debootstrap', ['--variant=minbase', 'bookworm', root]);
  for (const path of [...LEFT_OUT, '/var/cache/apt', '/var/lib/apt/lists', '/var/log'])
    await rm(join(root, path), { recursive: true, force: true });
  for (const path of ['var/cache/apt/archives/partial', 'var/lib/apt/lists/partial', 'var/log'])
    await mkdir(join(root, path), { recursive: true });
  await writeFile(
    join(root, 'etc/dpkg/dpkg.cfg.d/docker'),
    LEFT_OUT.map((path) => `path-exclude ${path}/*\n`).join(''),
  );
  // A machine behind a proxy that signs for others builds with the authority of that proxy.
  if (await exists(AUTHORITIES)) await cp(AUTHORITIES, join(root, AUTHORITIES), { recursive: true });
  const tar = spawn('tar', ['-C', root, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await docker.run(['import', '-', name], { input: tar.stdout });
  await rm(root, { recursive: true, force: true });
}

/** The name of the base that `deploy/Dockerfile` takes by default. */
export async function readBaseName(dockerfile: string): Promise<string> {
  const name = /^ARG BASE=(\S+)$/m.exec(await readFile(dockerfile, 'utf8'))?.[1];
  if (name === undefined) throw new Error(`${dockerfile} has no line ARG BASE=…`);
  return name;
}

/** Builds, from Debian's packages, what stands in for the images of other projects that the compose file names. */
export async function buildStandIns(docker: Docker, names: { database: string; proxy: string }): Promise<void> {
  await docker.run(['build', '--network', 'host', '--tag', names.database, '-'], { input: DATABASE });
  await docker.run(['build', '--network', 'host', '--tag', names.proxy, '-'], { input: PROXY });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
