import type { ProcessResource, ProcessSampleResource } from '@claude-sdk-pattern/protocol';

const MB = 1024 * 1024;

/**
 * The memory of a process tree, in whole MB as it is shown, so that what is shown adds up. Memory that trees share is in
 * no more than one of them, as far as that is measured: their sum is then what they take of the machine.
 */
export function memoryOf({ pss_bytes: share, rss_bytes: withShared }: ProcessSampleResource | ProcessResource): number {
  return Math.round((share ?? withShared) / MB) * MB;
}

export function sumMemory(processes: readonly ProcessResource[]): number {
  return processes.reduce((sum, process) => sum + memoryOf(process), 0);
}

/** The memory over time, in one measure: what was measured with the shared memory only would look like a fall. */
export function memorySamples(samples: readonly ProcessSampleResource[]): number[] {
  const measured = samples.filter(({ pss_bytes: share }) => share !== null);
  return (measured.length > 0 ? measured : samples).map(memoryOf);
}
