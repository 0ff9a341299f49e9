import { listNetworks, toRunArgs, type ComposeFile, type RunPlace } from './compose-file.ts';
import type { Docker } from './docker-daemon.ts';
import { until } from '@claude-sdk-pattern/testkit';

const HEALTH_TIMEOUT_MS = 180_000;

/** The containers, networks and volumes of a compose file, as `docker compose up` and `down --volumes` make and remove them. */
export interface Services {
  up: () => Promise<void>;
  /** The id of a service's container, by its name in the file. */
  containerOf: (service: string) => string;
  waitUntilHealthy: (service: string) => Promise<void>;
  down: () => Promise<void>;
}

export function createServices(docker: Docker, file: ComposeFile, place: RunPlace): Services {
  const { project } = place;
  const containerOf = (service: string) => `${project}-${service}`;
  const names = toStartOrder(file);

  async function waitUntilHealthy(service: string): Promise<void> {
    await until(
      `${service} is healthy`,
      async () => {
        const format = '{{.State.Running}} {{.State.Health.Status}}';
        const [running, health] = (await docker.run(['inspect', '--format', format, containerOf(service)])).split(' ');
        return running === 'true' && health === 'healthy';
      },
      HEALTH_TIMEOUT_MS,
    ).catch(async (error: unknown) => {
      const logs = await docker
        .run(['logs', '--tail', '20', containerOf(service)], { withErrors: true })
        .catch(() => '');
      throw new Error(`${service} does not become healthy:\n${logs}`, { cause: error });
    });
  }

  return {
    containerOf,
    waitUntilHealthy,
    async up() {
      for (const [name, { internal = false, ipam }] of Object.entries(file.networks)) {
        const subnets = (ipam?.config ?? []).flatMap(({ subnet }) => ['--subnet', subnet]);
        await docker.run(['network', 'create', ...(internal ? ['--internal'] : []), ...subnets, `${project}_${name}`]);
      }
      for (const name of names) {
        const service = file.services[name];
        if (service === undefined) throw new Error(`The compose file has no service ${name}`);
        await docker.run(toRunArgs(name, service, file, place));
        for (const [network] of listNetworks(service).slice(1))
          await docker.run(['network', 'connect', '--alias', name, `${project}_${network}`, containerOf(name)]);
        await waitUntilHealthy(name);
      }
    },
    async down() {
      for (const name of names.toReversed()) {
        await docker.run(['stop', containerOf(name)]);
        await docker.run(['rm', '--volumes', containerOf(name)]);
      }
      for (const name of Object.keys(file.networks)) await docker.run(['network', 'rm', `${project}_${name}`]);
      for (const name of Object.keys(file.volumes)) await docker.run(['volume', 'rm', `${project}_${name}`]);
    },
  };
}

/** Each service behind those that it depends on. */
function toStartOrder(file: ComposeFile): string[] {
  const order: string[] = [];
  const add = (name: string) => {
    for (const before of Object.keys(file.services[name]?.depends_on ?? {})) add(before);
    if (!order.includes(name)) order.push(name);
  };
  for (const name of Object.keys(file.services)) add(name);
  return order;
}
