import type { SpawnedProcess } from '@anthropic-ai/claude-agent-sdk';
import { expectTypeOf, it } from 'vitest';

import type { HostedProcess } from '../hosts/host.ts';

it('is what the Agent SDK wants of a process that others start', () => {
  expectTypeOf<HostedProcess>().toExtend<SpawnedProcess>();
});
