import type { TestServer } from '@claude-sdk-pattern/testkit';

import type { Random } from '../random.ts';
import { listAgents, toAgentMarker } from '../sides/agent-tree.ts';
import { drawBetween, drawWeighted } from './draw.ts';
import { pause } from './pause.ts';
import type { Tally } from './tally.ts';

export interface TroublemakerDeps {
  server: TestServer;
  random: Random;
  tally: Tally;
  /** The time between two faults, in milliseconds. */
  interval: { least: number; most: number };
  ending: AbortSignal;
}

const TROUBLES = { agentKilled: 5, serverRestarted: 2, serverKilled: 2 };

/** Kills agents, and stops and kills the server, at random. The server is up when it resolves. */
export async function makeTrouble({ server, random, tally, interval, ending }: TroublemakerDeps): Promise<void> {
  const troubles = {
    async agentKilled() {
      const agents = await listAgents(toAgentMarker(server));
      const chosen = agents[Math.floor(random() * agents.length)];
      if (chosen !== undefined) kill(chosen.pid);
    },
    serverRestarted: () => server.restart(),
    async serverKilled() {
      await server.kill('SIGKILL');
      await server.restart();
    },
  };
  for (;;) {
    await pause(drawBetween(random, interval.least, interval.most), ending);
    if (ending.aborted) return;
    const trouble = drawWeighted(random, TROUBLES);
    tally.add(`trouble.${trouble}`);
    await troubles[trouble]();
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended since it was listed.
  }
}
