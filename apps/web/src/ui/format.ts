/** `4 s`, `1 min 20 s`, `2 h 5 min`; under ten seconds with `precise` as `1.4 s`. */
export function formatDuration(ms: number, precise = false): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10 && precise) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    const rest = Math.floor(seconds % 60);
    return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  }
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** `now`, `5 min`, `3 h`, `2 d`, `4 Mar`. */
export function formatAge(time: string, now: number): string {
  const ms = now - Date.parse(time);
  if (Number.isNaN(ms)) return '';
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h`;
  const days = Math.floor(hours / 24);
  if (days < 7) return `${days} d`;
  return new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' }).format(new Date(time));
}

/** `now`, `5 min ago`, `2 d ago`, `4 Mar`. */
export function formatAgo(time: string, now: number): string {
  const age = formatAge(time, now);
  return /^\d+ (min|h|d)$/.test(age) ? `${age} ago` : age;
}

/** `4 Mar 2026`. */
export function formatDay(time: string): string {
  return new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(time));
}

/** `4 Mar, 16:05`, in the person's time zone; `at` is in milliseconds since the epoch. */
export function formatMoment(at: number): string {
  const parts = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat('en-GB', parts).format(new Date(at));
}

/** `1 Dec, 00:00 UTC`, in the person's time zone: for a moment that is the same one for people elsewhere. */
export function formatZonedMoment(at: number): string {
  const zone = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(new Date(at));
  return `${formatMoment(at)} ${zone.find(({ type }) => type === 'timeZoneName')?.value ?? ''}`.trim();
}

/** `16:05:09`, in the person's time zone; `at` is in milliseconds since the epoch. */
export function formatClock(at: number): string {
  const parts = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat('en-GB', parts).format(new Date(at));
}

/** `950`, `12.4k`, `1.2M`. */
export function formatCount(count: number): string {
  if (count < 1000) return String(count);
  if (count < 1_000_000) return `${trim(count / 1000)}k`;
  return `${trim(count / 1_000_000)}M`;
}

/** US dollars: two decimals from one cent on, otherwise enough digits that the amount is not shown as zero. */
export function formatCost(usd: number): string {
  if (usd === 0) return '$0.00';
  if (usd < 0.01) return `$${usd.toFixed(4)}`;
  return `$${usd.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** `1st`, `2nd`, `3rd`, `4th`. */
export function formatPlace(place: number): string {
  const rule = new Intl.PluralRules('en', { type: 'ordinal' }).select(place);
  const suffix = { one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' }[rule];
  return `${place}${suffix}`;
}

function trim(value: number): string {
  return value < 100 ? value.toFixed(1).replace(/\.0$/, '') : String(Math.round(value));
}

/** `512 bytes`, `24 KB`, `3.1 MB`, `2.4 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} KB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/** A limit in words: `32 MB`, `10 GB`, in powers of two, because limits are set so. */
export function formatLimit(bytes: number): string {
  const megabytes = bytes / (1024 * 1024);
  if (megabytes >= 1024) return `${trim(megabytes / 1024)} GB`;
  return `${megabytes >= 10 ? Math.floor(megabytes) : trim(Math.round(megabytes * 10) / 10)} MB`;
}
