import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { LedgerFaults } from '../recall/event-ledger.ts';

/** The counts of a soak so far. */
export interface Tally {
  readonly counts: Readonly<Record<string, number>>;
  /** The first problems as sentences; further ones are only counted. */
  readonly problems: readonly string[];
  add: (name: string, by?: number) => void;
  /** Counts a problem, and keeps a sentence that says where to look. */
  problem: (name: string, sentence: string, by?: number) => void;
  /** Adds the errors in a view of a session. */
  addFaults: (where: string, faults: LedgerFaults) => void;
  /** Counts what a session's events report about turns and processes. */
  note: (event: SessionEvent) => void;
}

const MAX_PROBLEMS = 40;
const REASON_CHARS = 60;

export function createTally(): Tally {
  const counts: Record<string, number> = {};
  const problems: string[] = [];
  const tally: Tally = {
    counts,
    problems,
    add(name, by = 1) {
      counts[name] = (counts[name] ?? 0) + by;
    },
    problem(name, sentence, by = 1) {
      tally.add(name, by);
      if (problems.length < MAX_PROBLEMS)
        problems.push(`${new Date().toISOString().slice(11, 19)} ${name}: ${sentence}`);
    },
    addFaults(where, faults) {
      for (const [name, count] of Object.entries(faults)) {
        if (count > 0) tally.problem(`events.${name}`, `${count} in ${where}`, count as number);
      }
    },
    note(event) {
      tally.add('events');
      if (event.type === 'session.turn_completed') tally.add(`turns.${event.outcome}`);
      else if (event.type === 'session.process_ready') tally.add(`starts.${event.start}`);
      else if (event.type === 'session.process_hibernated') tally.add(`hibernated.${event.reason}`);
      else if (event.type === 'session.process_restarting') {
        tally.add(toRestartName(event.reason));
      }
    },
  };
  return tally;
}

/** Reasons contain numbers and a process's last output; only a few different beginnings exist. */
function toRestartName(reason: string): string {
  return `restarts.${reason.replaceAll(/\d+/g, 'N').slice(0, REASON_CHARS)}`;
}
