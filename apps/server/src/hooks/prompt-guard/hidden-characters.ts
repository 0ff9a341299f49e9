import { toExcerpt, type Finding } from './finding.ts';

/** Tag characters, which show as nothing and spell ASCII. */
const TAGS = /[\u{E0000}-\u{E007F}]{2,}/u;
/** The flags of England, Scotland and Wales, the only ones that Unicode 17 recommends: a black flag and five tags. */
const REGION_FLAG =
  /\u{1F3F4}\u{E0067}\u{E0062}(?:\u{E0065}\u{E006E}\u{E0067}|\u{E0073}\u{E0063}\u{E0074}|\u{E0077}\u{E006C}\u{E0073})\u{E007F}/gu;
/** Letters of Hangul that show as nothing, where no Hangul is: a name of a program may end with one. */
const FILLER = /[\u3164\uFFA0\u115F\u1160](?![\u1100-\u11FF\u3131-\u318E\uAC00-\uD7A3])/u;
/** Runs that no script and no emoji needs: there one of these characters stands alone between visible ones. */
const ZERO_WIDTH_RUN = /[\u200B-\u200D\u2060-\u2064\u180E\uFEFF]{4,}/u;
/** One of many single ones between letters of a script that has no use for them. */
const ZERO_WIDTH_IN_LATIN = /(?<=[a-z\d])[\u200B-\u200D\u2060-\u2064\uFEFF]+(?=[a-z\d])/giu;
const MOST_IN_LATIN = 3;
/** A place where a long name may be broken, as web pages have it. */
const BREAK_OPPORTUNITY = /^\u200B$/;
/** Overrides turn the order of what is shown; the marks and isolates that right-to-left text needs do not. */
const OVERRIDE = /[\u202D\u202E]/u;
/** Isolates and embeddings that have no right-to-left character in their line only serve to hide an order. */
const EMBEDDING = /[\u202A\u202B\u2066-\u2068]/u;
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF]/u;
/** Each variation selector can carry a byte; a visible character has one at most. */
const SELECTOR_RUN = /[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]{3,}/u;

/** Finds characters that people do not see and that a model reads. */
export function findHiddenCharacters(text: string): Finding[] {
  const found = [
    toFinding('tag_characters', text, TAGS.exec(text.replaceAll(REGION_FLAG, (flag) => ' '.repeat(flag.length)))),
    toFinding('hangul_filler', text, FILLER.exec(text)),
    toFinding('zero_width_run', text, ZERO_WIDTH_RUN.exec(text)),
    toFinding('variation_selector_run', text, SELECTOR_RUN.exec(text)),
    toFinding('direction_override', text, OVERRIDE.exec(text)),
    toFinding('direction_embedding', text, findEmbedding(text)),
  ];
  const between = [...text.matchAll(ZERO_WIDTH_IN_LATIN)];
  const isData = between.some(([run]) => !BREAK_OPPORTUNITY.test(run)) || between.length > 3 * MOST_IN_LATIN;
  if (between.length > MOST_IN_LATIN && isData) found.push(toFinding('zero_width_in_words', text, between[0]));
  return found.flatMap((each) => each ?? []);
}

function findEmbedding(text: string): { index: number; 0: string } | null {
  let index = 0;
  for (const line of text.split('\n')) {
    const match = EMBEDDING.exec(line);
    if (match !== null && !RIGHT_TO_LEFT.test(line)) return { index: index + match.index, 0: match[0] };
    index += line.length + 1;
  }
  return null;
}

const CONTEXT_CHARS = 30;

function toFinding(rule: string, text: string, match: { index: number; 0: string } | null | undefined) {
  if (match == null) return undefined;
  const start = Math.max(0, match.index - CONTEXT_CHARS);
  const finding: Finding = {
    kind: 'hidden_characters',
    rule,
    excerpt: toExcerpt(text, start, match.index + match[0].length + CONTEXT_CHARS),
  };
  return finding;
}
