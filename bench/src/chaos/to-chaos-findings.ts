import type { Fact, Findings } from '../findings.ts';
import { countFaults } from './run-chaos.ts';
import { FAULTS } from './step.ts';

export interface ChaosResult {
  ran: { seconds: number; seed: number };
  counts: Readonly<Record<string, number>>;
  problems: readonly string[];
}

/** The labels of the counts that must be zero, by their names. */
const MUST_NOT_BE = {
  'events.lost': 'Events lost to a reader',
  'events.doubled': 'Events that came twice',
  'events.outOfOrder': 'Events out of order, or other than stored',
  'sends.lost': 'Acknowledged sends that are not in the journal',
  'sends.doubled': 'Sends that are in the journal twice',
  'answers.differing': 'Repeated frames with another answer than the first',
  'answers.errors': 'Frames refused that should have been done',
  'messages.lost': 'Messages that the model was not told',
  'messages.doubled': "Messages that stand twice in the model's context",
  'messages.outOfOrder': 'Sessions whose messages the model has in another order',
  'rounds.broken': 'Rounds that did not come to rest',
  'server.errors': 'Errors that the server logged',
} as const;

/** The final table of a chaos run. Pure. */
export function toChaosFindings({ ran, counts, problems }: ChaosResult): Findings & { problems: string[] } {
  const count = (name: string) => counts[name] ?? 0;
  const faults = countFaults(counts);
  const facts: Fact[] = [
    { id: 'chaos.faults', label: `Faults, with seed ${ran.seed}`, value: faults, unit: '' },
    ...Object.entries(FAULTS).map(([name, label]) => ({
      id: `chaos.fault.${name}`,
      label,
      value: count(`fault.${name}`),
      unit: '',
    })),
    { id: 'chaos.rate', label: 'Faults per second', value: faults / ran.seconds, unit: '/s' },
    { id: 'chaos.rounds', label: 'Rounds', value: count('rounds'), unit: '' },
    { id: 'chaos.connections', label: 'Connections that ended without a word', value: count('closed.1006'), unit: '' },
    { id: 'chaos.sends', label: 'Sends acknowledged', value: count('sends.acknowledged'), unit: '' },
    { id: 'chaos.answers', label: 'Answers to them, repeats included', value: count('answers'), unit: '' },
    { id: 'chaos.creates', label: 'Sessions created by clients', value: count('creates'), unit: '' },
    { id: 'chaos.messages', label: "Messages checked in the model's context", value: count('messages'), unit: '' },
    { id: 'chaos.events', label: 'Events stored', value: count('events.stored'), unit: '' },
    { id: 'chaos.seen', label: 'Events seen, over all readers', value: count('events.seen'), unit: '' },
    ...Object.entries(MUST_NOT_BE).map(([name, label]) => ({
      id: `chaos.${name}`,
      label,
      value: count(name),
      unit: '',
      atMost: 0,
    })),
  ];
  return { series: [], facts, problems: [...problems] };
}
