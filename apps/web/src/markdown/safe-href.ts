/** A link target that may be followed: http, https or mailto. Anything else, also a relative path, gives null. */
export function toSafeHref(href: string): string | null {
  try {
    const url = new URL(href);
    return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
