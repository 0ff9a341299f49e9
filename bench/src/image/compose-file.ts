import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';

/** What this bench understands of a service: each key of deploy/compose.yaml, so that an unknown one is no surprise. */
export interface ComposeService {
  image: string;
  restart?: string;
  user?: string;
  environment?: Record<string, string>;
  env_file?: string[];
  secrets?: string[];
  volumes: string[];
  networks: string[] | Record<string, { ipv4_address: string }>;
  ports?: string[];
  read_only?: boolean;
  tmpfs?: string[];
  shm_size?: string;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  healthcheck?: { test: string[]; interval: string; timeout: string; start_period: string };
  stop_grace_period?: string;
  depends_on?: Record<string, unknown>;
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
  networks: Record<string, { internal?: boolean; ipam?: { config: { subnet: string }[] } }>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
}

/** Reads a compose file and fills in its variables. */
export async function readComposeFile(path: string, variables: Readonly<Record<string, string>>): Promise<ComposeFile> {
  const text = (await readFile(path, 'utf8')).replaceAll(/\$\{(\w+)[^}]*\}/g, (_whole, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`${path} needs the variable ${name}`);
    return value;
  });
  return parse(text) as ComposeFile;
}

export interface RunPlace {
  path: string;
  project: string;
  secretsDir: string;
  settingsFile: string;
  /** By the port inside: where it is published, in place of what the file says. */
  ports: Readonly<Record<string, string>>;
}

/** The arguments of `docker run` that start a service as Compose would. Further networks are connected afterwards. Pure. */
export function toRunArgs(name: string, service: ComposeService, file: ComposeFile, place: RunPlace): string[] {
  const { project, path, secretsDir, settingsFile, ports } = place;
  const folder = dirname(path);
  const [network = '', address] = listNetworks(service)[0] ?? [];
  const check = service.healthcheck;
  return [
    ...['run', '--detach', '--name', `${project}-${name}`, '--hostname', name],
    ...['--network', `${project}_${network}`, '--network-alias', name, ...(address ? ['--ip', address] : [])],
    ...(service.restart === undefined ? [] : ['--restart', service.restart]),
    ...(service.user === undefined ? [] : ['--user', service.user]),
    ...Object.entries(service.environment ?? {}).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...(service.env_file ?? []).flatMap(() => ['--env-file', settingsFile]),
    ...(service.secrets ?? []).flatMap((secret) => {
      if (file.secrets[secret] === undefined) throw new Error(`${path} has no secret ${secret}`);
      return ['--volume', `${secretsDir}/${secret}:/run/secrets/${secret}:ro`];
    }),
    ...service.volumes.flatMap((volume) => ['--volume', toVolume(volume, { folder, project, file })]),
    ...(service.ports ?? []).flatMap((port) => {
      const inside = port.split(':').at(-1) ?? '';
      return ports[inside] === undefined ? [] : ['--publish', `${ports[inside]}:${inside}`];
    }),
    ...(service.read_only ? ['--read-only'] : []),
    ...(service.tmpfs ?? []).flatMap((each) => ['--tmpfs', each]),
    ...(service.shm_size === undefined ? [] : ['--shm-size', service.shm_size]),
    ...(service.cap_drop ?? []).flatMap((each) => ['--cap-drop', each]),
    ...(service.cap_add ?? []).flatMap((each) => ['--cap-add', each]),
    ...(service.security_opt ?? []).flatMap((each) => [
      '--security-opt',
      each.replace(/^seccomp=(\..*)/, (_whole, profile: string) => `seccomp=${resolve(folder, profile)}`),
    ]),
    ...(check === undefined
      ? []
      : [
          ...['--health-cmd', check.test.slice(1).join(' '), '--health-interval', check.interval],
          ...['--health-timeout', check.timeout, '--health-start-period', check.start_period],
        ]),
    ...(service.stop_grace_period === undefined
      ? []
      : ['--stop-timeout', String(Number.parseInt(service.stop_grace_period, 10))]),
    service.image,
  ];
}

/** The networks of a service, each with its fixed address, if it has one. */
export function listNetworks({ networks }: ComposeService): [name: string, address: string | undefined][] {
  if (Array.isArray(networks)) return networks.map((name) => [name, undefined]);
  return Object.entries(networks).map(([name, { ipv4_address }]) => [name, ipv4_address]);
}

function toVolume(volume: string, place: { folder: string; project: string; file: ComposeFile }): string {
  const [source = '', ...rest] = volume.split(':');
  const isNamed = source in place.file.volumes;
  return [isNamed ? `${place.project}_${source}` : resolve(place.folder, source), ...rest].join(':');
}
