/**
 * Whether a pattern whose wildcards stand for any number of items covers all items. Goes back to the last wildcard only,
 * so that the time is at most the product of both lengths, whatever the pattern: agents choose what is matched.
 */
export function matchGlob<Token, Item>(
  tokens: readonly Token[],
  items: readonly Item[],
  { isWildcard, matches }: { isWildcard(token: Token): boolean; matches(token: Token, item: Item): boolean },
): boolean {
  let token = 0;
  let item = 0;
  let lastWildcard = -1;
  let resumeAt = 0;
  while (item < items.length) {
    const current = tokens[token];
    if (current !== undefined && isWildcard(current)) {
      lastWildcard = token;
      token += 1;
      resumeAt = item;
    } else if (current !== undefined && matches(current, items[item] as Item)) {
      token += 1;
      item += 1;
    } else if (lastWildcard !== -1) {
      token = lastWildcard + 1;
      resumeAt += 1;
      item = resumeAt;
    } else return false;
  }
  return tokens.slice(token).every((left) => isWildcard(left));
}
