/**
 * Returns a link target if its scheme is http, https or mailto. Returns null for anything else, also for a relative
 * path.
 */
export function toSafeHref(href: string): string | null {
  try {
    const url = new URL(href);
    return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
