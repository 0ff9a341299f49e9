import { startScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { expect, it } from 'vitest';

import { countFaults, runChaos } from '../../../bench/src/chaos/run-chaos.ts';
import { toModelReply } from '../../../bench/src/recall/model-reply.ts';

const FAULTS = 150;
/** A seed that draws kills and restarts of the server, too. */
const SEED = 4;
const TIMEOUT_MS = 180_000;

it(
  'loses, doubles and reorders nothing over cut and half-open lines, repeated frames and killed servers',
  async () => {
    await using model = await startScriptedModel({
      recordLimit: 1,
      scenarios: (conversation) => toModelReply(conversation),
    });
    const { counts, problems } = await runChaos({ upstreamUrl: model.url, seed: SEED, faults: FAULTS, shrinkMs: 0 });
    expect(problems).toEqual([]);
    expect(countFaults(counts)).toBeGreaterThanOrEqual(FAULTS);
    expect(counts['fault.server.kill']).toBeGreaterThan(0);
    expect(counts['messages']).toBeGreaterThan(0);
    expect(counts['library.sse']).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
