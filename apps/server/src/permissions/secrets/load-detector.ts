import { createRequire } from 'node:module';

import type { rules as presetRules } from '@secretlint/secretlint-rule-preset-recommend';
import type { SecretLintRuleCreator, SecretLintSourceCode } from '@secretlint/types';

/** A secret in a text; `end` is exclusive. */
export interface FoundSecret {
  kind: string;
  start: number;
  end: number;
  /** It has several lines. */
  isBlock?: true;
  /** It has characters that a mask may not cover. */
  isUnmaskable?: true;
}

/** Finds the secrets in a text. They may overlap. */
export type SecretDetector = (text: string) => FoundSecret[];

const RULE_PREFIX = '@secretlint/secretlint-rule-';

/**
 * Rules of the preset that are not asked. With the first an agent could switch the others off, by a comment in its command.
 * The other two know passwords in URLs, and mark the whole URL where they find one: `secret-patterns.ts` marks the password.
 */
const LEFT_OUT: ReadonlySet<string> = new Set(['filter-comments', 'basicauth', 'database-connection-string']);

/** What the rules find, for people. A rule without a name here is told by its id. */
const KINDS: Readonly<Record<string, string>> = {
  '1password': '1Password service account token',
  anthropic: 'Anthropic API key',
  aws: 'AWS secret access key',
  cloudflare: 'Cloudflare API token',
  databricks: 'Databricks token',
  docker: 'Docker access token',
  figma: 'Figma token',
  github: 'GitHub token',
  gitlab: 'GitLab token',
  grafana: 'Grafana token',
  groq: 'Groq API key',
  'hashicorp-vault': 'HashiCorp Vault token',
  huggingface: 'Hugging Face token',
  linear: 'Linear API key',
  notion: 'Notion token',
  npm: 'npm token',
  openai: 'OpenAI API key',
  privatekey: 'Private key',
  sendgrid: 'SendGrid API key',
  shopify: 'Shopify token',
  slack: 'Slack token',
  stripe: 'Stripe API key',
  tailscale: 'Tailscale key',
  vercel: 'Vercel token',
};

type Rule = SecretLintRuleCreator;
type Preset = { rules: typeof presetRules };
type RuleContext = Parameters<Rule['create']>[0];

/**
 * The rules of secretlint's recommended preset (13.1.0), each created once. They are called without `@secretlint/core`,
 * because a tool call is decided synchronously and the core answers with a promise; the rules themselves do not.
 * Synchronous, about 30 ms: call it when there is a text to search.
 */
export function loadDetector(): SecretDetector {
  const require = createRequire(import.meta.url);
  const { rules }: { rules: readonly Rule[] } = require('@secretlint/secretlint-rule-preset-recommend') as Preset;
  let found: FoundSecret[] = [];
  let content = '';
  const handlers = rules.flatMap((rule) => {
    const name = rule.meta.id.replace(RULE_PREFIX, '');
    if (LEFT_OUT.has(name)) return [];
    const report: RuleContext['report'] = ({ range, message }) =>
      void found.push({ kind: KINDS[name] ?? `Credential (${name})`, ...toPlace(content, range, message.data) });
    const { file } = rule.create(toContext(report), {});
    return file === undefined ? [] : [{ name, file }];
  });
  return (text) => {
    found = [];
    content = text;
    const source = toSource(text);
    for (const { name, file } of handlers) {
      // An upgrade may bring one, whose findings would come too late.
      if (file(source) !== undefined) throw new Error(`The rule ${name} of secretlint is asynchronous`);
    }
    return found;
  };
}

function toContext(report: RuleContext['report']): RuleContext {
  return {
    sharedOptions: {},
    report,
    ignore: () => undefined,
    createTranslator: () => (messageId, data) => ({ messageId: String(messageId), message: '', data: data ?? {} }),
  };
}

/**
 * Where the secret is. The rule for AWS reports a range that begins with the name of the variable and is as long as the
 * secret (13.1.0), so that its end would stay visible. All rules quote the secret for their message.
 */
function toPlace(
  text: string,
  [start, end]: readonly [number, number],
  quoted: unknown,
): { start: number; end: number } {
  const values: unknown[] = typeof quoted === 'object' && quoted !== null ? Object.values(quoted) : [];
  for (const value of values) {
    if (typeof value !== 'string' || value === '') continue;
    const at = text.indexOf(value, start);
    if (at !== -1) return { start: at, end: at + value.length };
  }
  return { start, end };
}

function toSource(content: string): SecretLintSourceCode {
  const position = { line: 1, column: 0 };
  return {
    ...{ content, filePath: undefined, physicalFilePath: undefined, ext: '', contentType: 'text', hasBOM: false },
    ...{ getFilePath: () => undefined, getPhysicalFilePath: () => undefined },
    locationToRange: () => [0, 0],
    rangeToLocation: () => ({ start: position, end: position }),
    positionToIndex: () => 0,
    indexToPosition: () => position,
  };
}
