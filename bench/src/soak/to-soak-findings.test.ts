import { expect, it } from 'vitest';

import { holds } from '../findings.ts';
import { toSoakFindings, type SoakResult } from './to-soak-findings.ts';

const quiet: SoakResult = {
  ran: { minutes: 1, seed: 1 },
  counts: { 'turns.completed': 3, 'turns.interrupted': 1, messages: 4, events: 40 },
  problems: [],
  samples: Array.from({ length: 8 }, () => ({ rssMb: 200, fileDescriptors: 60, folders: 4 })),
  leftovers: { processes: [], agentFolders: [], workspaces: [], tempFiles: [] },
};

function findBroken(result: SoakResult): string[] {
  return (toSoakFindings(result).facts ?? []).filter((fact) => holds(fact) === false).map(({ id }) => id);
}

it('finds nothing wrong where nothing was', () => {
  expect(findBroken(quiet)).toEqual([]);
  expect(toSoakFindings(quiet).facts?.find(({ id }) => id === 'soak.turns')?.value).toBe(4);
});

it('holds every loss, every double, everything left and growth against the server', () => {
  const samples = quiet.samples.map((sample, index) => ({ ...sample, rssMb: index < 4 ? 200 : 300 }));
  const counts = { ...quiet.counts, 'events.lost': 1, 'messages.doubled': 2 };
  const leftovers = { ...quiet.leftovers, processes: ['1 sleep'], tempFiles: ['x'] };
  expect(findBroken({ ...quiet, counts, samples, leftovers })).toEqual([
    'soak.events.lost',
    'soak.messages.doubled',
    'soak.orphans',
    'soak.temp-files',
    'soak.growth.rssMb',
  ]);
});
