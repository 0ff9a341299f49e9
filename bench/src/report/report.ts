import type { Fact, Findings, Table } from '../findings.ts';
import type { Machine } from '../machine.ts';
import type { Series } from '../series.ts';
import { summarize, type Summary } from '../statistics.ts';
import { compare, type Comparison } from './comparison.ts';

/** A suite's contribution to a report. */
export interface Section {
  suite: string;
  title: string;
  /** How to read the figures, in one or two sentences. */
  note: string;
  series: (Series & { summary: Summary })[];
  facts: Fact[];
  tables: Table[];
}

/** The content of a report's JSON. Memory is in MB of 2^20 bytes. */
export interface Report {
  format: 2;
  /** The file's name without its ending. */
  name: string;
  title: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  durationSeconds: number;
  quick: boolean;
  machine: Machine;
  comparisons: Comparison[];
  sections: Section[];
}

/** Leaves out series without samples. */
export function toSection(suite: Pick<Section, 'suite' | 'title' | 'note'>, findings: Findings): Section {
  return {
    ...suite,
    series: findings.series
      .filter((each) => each.samples.length > 0)
      .map((each) => ({
        ...each,
        samples: each.samples.map((sample) => Math.round(sample * 1000) / 1000),
        summary: summarize(each.samples),
      })),
    facts: findings.facts ?? [],
    tables: findings.tables ?? [],
  };
}

export function createReport(run: Omit<Report, 'format' | 'comparisons'>): Report {
  return { format: 2, ...run, comparisons: compare(run.sections.flatMap(({ series }) => series)) };
}

/** A series of the report by its id. */
export function findSeries(report: Report, id: string): Section['series'][number] | undefined {
  return report.sections.flatMap(({ series }) => series).find((series) => series.id === id);
}
