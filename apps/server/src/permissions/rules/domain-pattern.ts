/**
 * Whether a host fits the pattern of `WebFetch(domain:…)`. A leading `*.` stands for any number of labels, a `*` alone for
 * every host, any other `*` for characters of one label. Case and a last dot do not count.
 */
export function matchesDomain(pattern: string, host: string): boolean {
  const wanted = toComparable(pattern);
  const given = toComparable(host);
  if (wanted === '*') return true;
  if (wanted.startsWith('*.')) {
    const labels = wanted.slice(2).split('.');
    const found = given.split('.');
    const tail = found.slice(-labels.length);
    return found.length > labels.length && labels.every((label, index) => matchesLabel(label, tail[index] ?? ''));
  }
  const labels = wanted.split('.');
  const found = given.split('.');
  return labels.length === found.length && labels.every((label, index) => matchesLabel(label, found[index] ?? ''));
}

function toComparable(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

function matchesLabel(pattern: string, label: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return label === first;
  if (label === '' || !label.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = label.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return label.length - last.length >= at && label.endsWith(last);
}
