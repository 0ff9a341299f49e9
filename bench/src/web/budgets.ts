/**
 * The limits of the web app, on two cores with software rendering. Times in ms, memory in MB, sizes in KB of 1000
 * bytes.
 */
export const BUDGETS = {
  shellKb: 150,
  chatKb: 300,
  composerMs: 700,
  lastScreenMs: 1000,
  frameP95Ms: 20,
  longestFrameMs: 50,
  elements: 3000,
  keyMs: 10,
  heapMb: 120,
  catchUpMs: 1000,
  /** On average in any second, of everybody who looks at files while 100 a second are written: 30 frames a second. */
  frameWhileWritingMs: 1000 / 30,
  /** Of their main thread, in ms of processor time: half of the second is left for scrolling and typing. */
  busiestSecondMs: 500,
  /** The share of one core while nothing happens. */
  idlePercent: 0.5,
} as const;
