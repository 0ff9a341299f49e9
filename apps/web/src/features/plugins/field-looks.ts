/** How fields of one line look. */
export const FIELD =
  'tap h-9 w-full min-w-0 rounded-sm border border-control bg-bg px-3 text-lg md:text-base aria-invalid:border-bad disabled:opacity-70';

/** How fields of several lines look. */
export const AREA =
  'tap w-full min-w-0 rounded-sm border border-control bg-bg px-3 py-2 font-mono text-lg md:text-sm aria-invalid:border-bad disabled:opacity-70';
