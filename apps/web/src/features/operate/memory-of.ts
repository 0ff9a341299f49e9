import type { ProcessResource, ProcessSampleResource } from '@claude-sdk-pattern/protocol';

const MB = 1024 * 1024;

/**
 * The memory of a process tree, rounded to the MB that is shown, so that the shown numbers add up. Where it is
 * measured, each tree counts only its share of shared memory; the sum of the trees is then the memory that they use on
 * the machine.
 */
export function memoryOf({ pss_bytes: share, rss_bytes: withShared }: ProcessSampleResource | ProcessResource): number {
  return Math.round((share ?? withShared) / MB) * MB;
}

export function sumMemory(processes: readonly ProcessResource[]): number {
  return processes.reduce((sum, process) => sum + memoryOf(process), 0);
}

/**
 * The memory over time. All points use the same measure: a change from total memory to the share of shared memory would
 * look like a fall.
 */
export function memorySamples(samples: readonly ProcessSampleResource[]): number[] {
  const measured = samples.filter(({ pss_bytes: share }) => share !== null);
  return (measured.length > 0 ? measured : samples).map(memoryOf);
}
