/** Where a session looks for words. */
export interface SearchOptions {
  /** None of them is in the script as it is, so that the search does not find itself. */
  words: readonly string[];
  /** The script plants it itself. */
  canary: string;
  /** Seconds since 1970: a file that has not changed since then has no word that is younger. */
  plantedAtSeconds: number;
  /** Shell words: the folders to look through. */
  roots: string;
  /** A shell command that exits with 0 where the process `$1` is to be looked at. */
  looksAt: string;
  /** URLs that are asked with the agent's own token. */
  urls: readonly string[];
}

/**
 * A script that searches files, environments, command lines, open files and memory of processes, and the answers of
 * the platform. It prints a line `found=WHERE` for each find, and how much it has looked at. It plants a word of its
 * own in a file, an environment and a memory: a search that does not find these proves nothing.
 */
export function toSearchScript({ words, canary, plantedAtSeconds, roots, looksAt, urls }: SearchOptions): string {
  const pattern = [...words, canary].map((word) => `[${word[0]}]${word.slice(1)}`).join('|');
  return `
pattern='${pattern}'
pids() { for p in /proc/[0-9]*; do p=\${p#/proc/}; looks_at "$p" && echo "$p"; done; }
looks_at() { ${looksAt}; }
has() { LC_ALL=C grep -qaE -- "$pattern"; }
cd "$HOME"
printf '%s%s' '${canary[0]}' '${canary.slice(1)}' > canary
CANARY=$(cat canary) perl -e '$SIG{ALRM} = sub { exit }; alarm 60; <STDIN>' < <(sleep 60) & canary=$!
until [ "$(readlink /proc/$canary/exe)" = "$(readlink -f "$(command -v perl)")" ]; do :; done

find ${roots} \\( -path /proc -o -path /sys \\) -prune -o -type f -newerct @${plantedAtSeconds} -print0 2>/dev/null > changed
echo "files=$(tr -cd '\\0' < changed | wc -c)"
xargs -0 -r grep -laE -- "$pattern" < changed 2>/dev/null | sed 's/^/found=file:/'

for pid in $(pids); do
  for part in environ cmdline; do has 2>/dev/null < "/proc/$pid/$part" && echo "found=$part:$pid"; done
  for fd in /proc/$pid/fd/*; do
    [ -f "$fd" ] && [ "$(readlink "$fd")" != "$HOME/canary" ] && has 2>/dev/null < "$fd" && echo "found=open:$(readlink "$fd")"
  done
done
cat > memory.pl <<'END'
my ($pattern, @pids) = @ARGV;
# As it is, it would be slow to look for; this process is not among those that are looked at.
$pattern =~ s/\\[(.)\\]/$1/g;
my $bytes = 0;
for my $pid (@pids) {
  open my $maps, '<', "/proc/$pid/maps" or next;
  open my $memory, '<:raw', "/proc/$pid/mem" or next;
  open my $pages, '<:raw', "/proc/$pid/pagemap" or next;
  my $found = 0;
  while (<$maps>) {
    my ($from, $to) = /^([0-9a-f]+)-([0-9a-f]+) rw/ or next;
    my ($at, $end) = (hex $from, hex $to);
    for (; $at < $end; $at += 1 << 20) {
      # Bits 62 and 63 of a page's entry: it is swapped or present. Most of what a CLI reserves is neither.
      sysseek $pages, $at / 4096 * 8, 0;
      sysread $pages, my $entries, 2048;
      next unless grep { $_ >> 62 } unpack 'Q*', $entries;
      sysseek $memory, $at, 0 or last;
      my $read = sysread $memory, my $part, $end - $at < 1 << 20 ? $end - $at : 1 << 20;
      last unless $read;
      $bytes += $read;
      $found ||= $part =~ /$pattern/;
    }
  }
  print "found=memory:$pid\\n" if $found;
}
print "memory=$bytes\\n";
END
perl memory.pl "$pattern" $(pids | grep -vx $$)
echo "canary=$canary"
kill $canary

for url in ${urls.map((url) => `'${url}'`).join(' ')}; do
  curl -sS --max-time 5 -H "x-api-key: $ANTHROPIC_API_KEY" "$url" > answer 2>/dev/null
  has < answer && echo "found=url:$url"
done
rm -f canary changed memory.pl answer
`;
}
