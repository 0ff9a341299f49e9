import type { FoundSecret } from './load-detector.ts';

interface SecretPattern {
  kind: string;
  /** The group `secret` is what is masked. Its repetitions are bounded, so that no text takes long. */
  pattern: RegExp;
}

/** Options in front of what a command is told, with or without a value behind `=`. */
const OPTIONS = String.raw`(?:--?[\w-]{1,40}(?:=[^\s]{1,128})?\s{1,4}){0,4}`;

/** What curl is given as `-u`, `--user` and for proxies. Its options end where another command begins. */
function toCurlPattern(userAndPassword: string): RegExp {
  const option = String.raw`\s(?:-[A-Za-z#]{0,8}[uU]\s{0,4}|--(?:proxy-)?user(?:\s{1,4}|=))`;
  const rest = String.raw`(?:\\\n|[^\n;|&]|&(?![&\s])){0,500}?`;
  return new RegExp(String.raw`\bcurl(?=\s)${rest}${option}${userAndPassword}`, 'dg');
}

/** What the preset of secretlint does not know, or marks together with what people have to see. */
const PATTERNS: readonly SecretPattern[] = [
  {
    kind: 'Password in a URL',
    // Up to the last `@` of the authority: a password may hold some itself.
    pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@'"`]{0,256}:(?<secret>[^\s/'"`]{1,512})@/dgi,
  },
  {
    kind: 'Authorization header',
    pattern:
      /\bauthorization["']?\s{0,8}[:=]\s{0,8}["']?(?:basic|bearer|token)\s{1,8}(?<secret>[\w.~+/=-]{16,4096})/dgi,
  },
  {
    kind: 'npm token',
    // The rule of the preset looks only into files that are called .npmrc.
    pattern: /\b_auth(?:Token)?\s{0,4}=\s{0,4}(?<secret>[\w.~+/=-]{8,512})/dg,
  },
  {
    kind: 'npm token',
    pattern: new RegExp(
      String.raw`\b(?:npm|pnpm|yarn)\s{1,4}(?:c|config)\s{1,4}set\s{1,4}${OPTIONS}["']?[^\s"'=]{0,256}?(?:_auth(?:Token)?|npmAuth(?:Token|Ident))["']?\s{1,4}["']?(?<secret>[\w.~+/=:-]{8,512})`,
      'dg',
    ),
  },
  {
    kind: 'AWS secret access key',
    pattern: new RegExp(
      String.raw`\baws\s{1,4}${OPTIONS}configure\s{1,4}set\s{1,4}${OPTIONS}["']?(?:[\w-]{1,64}\.){0,4}aws_(?:secret_access_key|session_token)["']?\s{1,4}["']?(?<secret>[A-Za-z0-9/+=]{16,4096})`,
      'dg',
    ),
  },
  // Without quotes it ends where another command begins.
  {
    kind: 'Password of curl',
    pattern: toCurlPattern(String.raw`[^\s:"'/@]{1,128}:(?!//)(?<secret>[^\s"'\x60;|&<>()]{1,512})`),
  },
  { kind: 'Password of curl', pattern: toCurlPattern(String.raw`"[^\s:"/@]{1,128}:(?<secret>[^"]{1,512})"`) },
  { kind: 'Password of curl', pattern: toCurlPattern(String.raw`'[^\s:'/@]{1,128}:(?<secret>[^']{1,512})'`) },
  // The preset finds none that is glued to a letter before it or to more characters after it.
  { kind: 'GitHub token', pattern: /(?<secret>(?:gh[oprsu]_[A-Za-z0-9]{36}|github_pat_\w{82}))/dg },
  { kind: 'GitLab token', pattern: /(?<secret>glpat-[\w-]{20})/dg },
  { kind: 'npm token', pattern: /(?<secret>npm_[A-Za-z0-9]{36})/dg },
  { kind: 'Anthropic API key', pattern: /(?<secret>sk-ant-api\d\d-[\w-]{80,128})/dg },
  {
    kind: 'JSON Web Token',
    pattern: /(?<![\w-])(?<secret>eyJ[\w-]{10,2048}\.eyJ[\w-]{10,4096}\.[\w-]{10,2048})/dg,
  },
];

/**
 * A variable, a substitution or a word that is no secret: `$TOKEN`, `${TOKEN}`, `$(pass)`, `{token}`, `<token>`, `***`,
 * `postgres`. A password may begin with a `$` as well.
 */
const PLACEHOLDER =
  /^(?:\$\w{1,30}|\$\{[^}]{1,64}\}|\$\([^)]{1,64}\)|\{{1,2}[\w.-]{1,64}\}{1,2}|<[\w -]{1,64}>|%s|[*x.]+|pass|passw(?:or)?d|pw|pwd|secret|token|user|root|admin|postgres|mysql|test|example|changeme)$/i;

/** Finds what looks like a secret by where it stands. */
export function findByPattern(text: string): FoundSecret[] {
  return PATTERNS.flatMap(({ kind, pattern }) =>
    [...text.matchAll(pattern)].flatMap((match): FoundSecret[] => {
      const [start, end] = match.indices?.groups?.['secret'] ?? [0, 0];
      return PLACEHOLDER.test(text.slice(start, end)) ? [] : [{ kind, start, end }];
    }),
  );
}
