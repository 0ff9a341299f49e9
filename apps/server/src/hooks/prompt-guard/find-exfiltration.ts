import { findSequence, type Sequence } from './find-sequence.ts';
import { toExcerpt, type Finding } from './finding.ts';

const SENSITIVE =
  '(?:\\.env\\b|id_rsa|id_ed25519|\\.ssh\\b|\\.aws\\b|\\.npmrc|\\.netrc|\\.pgpass|\\.gnupg|\\.kube|kubeconfig|credentials?|passwd|shadow|secrets?|tokens?\\b|api[_-]?keys?|private[_-]?key|cookies?|wallet|history|printenv|\\benv\\b|environ|conversation|\\.git\\b|dump|backup|source|\\$\\{?[A-Z_]*(?:KEY|TOKEN|SECRET|PASSWORD)\\b)';

/** What stands for data that is still to be filled in: `{secret}`, `$(cat …)`, `<API_KEY>`, `base64(…)`. */
const PLACEHOLDER =
  '(?:\\{\\{?[^}\\s]*\\}?\\}|\\$\\{?\\(?[A-Za-z_]|%7B|<[A-Za-z_ -]{2,40}>|(?:base64|urlencode|encode\\w*|btoa|hex)\\()';
/** The same as the value of a parameter, where also words in capitals and in other scripts stand for it. */
const VALUE = `(?:${PLACEHOLDER}|\\[[A-Z_ ]{3,30}\\]|[A-Z][A-Z0-9]+_[A-Z0-9_]{2,}|[^\\x00-\\x7F]{4,}|(?:DATA|SECRET|TOKEN|CONTENT|SUMMARY|BASE64|KEYS?|HERE|ENCODED)\\b)`;
/** Sixty characters of base64 or hexadecimal: more than an id, less than any file. */
const OPAQUE = '[A-Za-z0-9+/_%-]{60,}={0,2}';
const DATA_NAMES =
  '(?:data|payload|secrets?|token|content|leak|exfil|env|log|ctx|context|history|conversation|chat|msg|dump|b64|body|steal|info|keys?|c|d|q|s|x|t|v|p|u|id|m|note|summary|text|session|cookie|files?|stolen|out|r|k)';

/** A URL whose query, path or host has data in it, or a place for data. */
const CARRIES_DATA = new RegExp(
  `^(?:https?:)?//(?:[^?#]*${PLACEHOLDER}|[^?#]*[?&/#][\\w.-]{1,30}=${VALUE}|.*[?&#](?:[\\w.-]{1,30}=${VALUE}|${DATA_NAMES}=${OPAQUE}))`,
);
/** What is loaded or can be clicked, with its URL. Images are loaded without a click. */
const REFERENCES = [
  { name: 'image', pattern: /!\[[^\]\n]{0,200}\]\(\s{0,5}([^\s"'<>)]{4,600}[^\s)]{0,100})/g },
  { name: 'link', pattern: /(?<!!)\[[^\]\n]{0,200}\]\(\s{0,5}([^\s"'>)]{4,600})/g },
  {
    name: 'element',
    pattern:
      /<(?:img|iframe|script|link|video|audio|embed|object|source|a)\b[^<>]{0,200}?\b(?:src|href|data)\s{0,3}=\s{0,3}["']?((?:https?:)?\/\/[^\s"'>]{2,600})/gi,
  },
  { name: 'style', pattern: /url\(\s{0,5}["']?((?:https?:)?\/\/[^\s"')]{2,600})/gi },
];

const step = (source: string): RegExp => new RegExp(source, 'gi');
const SENT_BY =
  '(?:-d\\b|--data[\\w-]{0,12}|-F\\b|--form|-T\\b|--upload-file|--post-file|--post-data|-Body|-InFile|@|<|\\$\\(|`)';

/** What leads data away step by step, in one line. */
const SEQUENCES: readonly (Sequence & { name: string })[] = [
  {
    name: 'upload_command',
    steps: [
      step(
        '\\b(?:curl|wget|(?:https?|httpie)(?= (?:POST|PUT|--|-f))|iwr|irm|invoke-webrequest|invoke-restmethod|scp|rsync|nc|ncat|socat|ftp|sftp|aws s3 cp|gsutil cp|rclone copy)\\s',
      ),
      step(SENT_BY),
      step(SENSITIVE),
    ],
    gaps: [200, 120],
  },
  {
    name: 'copy_command',
    steps: [step('\\b(?:scp|rsync|rclone copy|aws s3 cp|gsutil cp)\\b'), step(SENSITIVE), step('@|://')],
    gaps: [80, 80],
  },
  {
    name: 'piped_upload',
    steps: [
      step(`${SENSITIVE}|\\b(?:tar|zip|base64|xxd|gzip|cat|git (?:log|diff|bundle)|ls -la?R?|find)\\b`),
      step('\\|'),
      step('\\b(?:curl|wget|nc|ncat|socat|openssl s_client|telnet|http)\\b'),
      step('@-|--data|-d\\b|-T|-F|\\d{2,5}|post'),
    ],
    gaps: [160, 60, 160],
  },
  {
    name: 'dns',
    steps: [step('\\b(?:dig|nslookup|ping|getent hosts)\\b'), step('\\$\\(|\\$\\{?[A-Za-z_]'), step('\\.[a-z]{2,}')],
    gaps: [40, 80],
  },
  {
    name: 'script',
    steps: [
      step(
        '\\b(?:fetch|sendBeacon|axios\\.\\w{1,20}|requests\\.(?:post|put|get)|urlopen|http\\.post|WebSocket|got\\.post|open)\\s?\\(|XMLHttpRequest|\\.src\\s?=|\\bping=',
      ),
      step('//'),
      step(
        `btoa\\(document|document\\.cookie|localStorage|sessionStorage|process\\.env|os\\.environ|getenv|readFileSync|read_text|open\\(|innerHTML|clipboard|password|${SENSITIVE}`,
      ),
    ],
    gaps: [60, 160],
  },
  {
    name: 'told_to_send',
    steps: [
      step(
        '\\b(?:sends?|posts?|uploads?|forward(?:s|ed)?|e-?mail|transmit|submit|append|encode|embed|deliver|exfiltrate)\\b',
      ),
      step(
        "api[ _-]?keys?|secrets?|tokens?\\b|passwords?|credentials?|environment variables|\\.env\\b|ssh keys?|id_rsa|private keys?|conversation|chat history|system prompt|session (?:data|id|cookies?)|cookies|file (?:contents?|list)|contents? of|directory listing|source code|repository|everything|database|customer (?:data|list|records)|what you (?:have )?(?:found|read|know|learned)|answers?|summary|user(?:'s)? (?:name|data|messages?|files?|question|email)",
      ),
      step(
        'https?://|\\b[\\w.+-]{1,64}@[\\w-]{1,60}\\.\\w{2,}|\\bwebhook|\\b[\\w-]{1,60}\\.(?:invalid|example|example\\.(?:com|net|org))',
      ),
    ],
    gaps: [100, 100],
  },
];

const FORM =
  /<form\b[^<>]{0,100}\baction\s{0,3}=\s{0,3}["']?https?:\/\/[^<>]{0,200}>(?:(?!<\/?form)[\s\S]){0,600}?(?:type\s{0,3}=\s{0,3}["']?password|name\s{0,3}=\s{0,3}["']?(?:token|secret|api_?key|password|session|conversation|env))/i;

const URLS = /https?:\/\/[^\s"'`<>)]{1,300}/g;
/** A URL with what follows it, to which whoever reads it is to add data. */
const FILLED_IN = new RegExp(
  `^https?://(?:[^\\s"'<>)]{1,300}[?&/][\\w.-]{1,30}=(?:${VALUE}|\\.\\.\\.|…)|[^\\s"'\`<>)]{4,300}[=/](?:["'\`]\\s{0,2}\\+|["'\`]?\\s{0,2}(?:plus |followed by |suivie? |gefolgt von |and then the ))|${PLACEHOLDER}\\.[\\w-])`,
);
const BEHIND_URL = 60;
/** A shorter line has no room for a command, what it sends and where to. */
const LEAST_LINE_CHARS = 12;

/** Where a document explains how to call its own service, or a program talks to its own machine. */
const OWN_CALL =
  /\bauthorization:|x-api-key|\bbearer\b|shields\.io|badge|localhost|127\.0\.0\.1|gravatar|avatar|[?&](?:w|h|s|size|width|height|format|auto|fit|label|style|logo|color|branch)=/i;

/** Finds what carries data to a foreign host: images and links, commands, scripts, forms, and requests to send it. */
export function findExfiltration(text: string): Finding[] {
  for (const { name, index, length } of toCandidates(text)) {
    const line = text.slice(Math.max(0, index - 40), index + length + 40);
    if (OWN_CALL.test(line) && name !== 'piped_upload' && name !== 'script') continue;
    return [{ kind: 'exfiltration', rule: name, excerpt: toExcerpt(text, index, index + length) }];
  }
  return [];
}

function* toCandidates(text: string): Generator<{ name: string; index: number; length: number }> {
  for (const { name, pattern } of REFERENCES) {
    for (const match of text.matchAll(pattern)) {
      if (CARRIES_DATA.test(match[1] ?? '')) yield { name, index: match.index, length: match[0].length };
    }
  }
  let lineStart = 0;
  for (const line of text.split('\n')) {
    for (const { name, ...sequence } of line.length < LEAST_LINE_CHARS ? [] : SEQUENCES) {
      const found = findSequence(line, sequence);
      if (found !== undefined) yield { name, index: lineStart + found.start, length: found.end - found.start };
    }
    lineStart += line.length + 1;
  }
  const form = FORM.exec(text);
  if (form !== null) yield { name: 'form', index: form.index, length: form[0].length };
  for (const { index, 0: url } of text.matchAll(URLS)) {
    const shown = text.slice(index, index + url.length + BEHIND_URL);
    if (FILLED_IN.test(shown)) yield { name: 'told_to_load', index, length: shown.length };
  }
}
