const MB = 1024 * 1024;

/** `84 MB`, `1.2 GB`. */
export function formatMemory(bytes: number): string {
  const mb = bytes / MB;
  return mb < 1000 ? `${Math.round(mb)} MB` : `${(mb / 1024).toFixed(1)} GB`;
}
