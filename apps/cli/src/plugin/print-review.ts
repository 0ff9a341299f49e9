import type {
  PluginFileChange,
  PluginFileReviewResource,
  PluginPartChange,
  PluginReviewResource,
  PluginTextDiff,
  PluginValueChange,
} from '@claude-sdk-pattern/protocol';

const SIGNS = { added: '+', removed: '-', changed: '~', unchanged: ' ' } as const;
const KINDS = {
  ...{ mcp_server: 'MCP server', tool: 'tool', skill: 'skill', command: 'command', agent: 'subagent' },
  ...{ hook: 'hook', endpoint: 'endpoints' },
} as const;
const GRANTS = { hooks: 'hook', hosts: 'host', secrets: 'secret', permissions: 'permission' } as const;
const REASONS: Record<PluginPartChange['reasons'][number], string> = {
  added: 'new',
  definition: 'called differently',
  files: 'files that it may run or read have changed',
  defaults: 'defaults of options have changed',
  text: 'text changed',
};

export interface ReviewLength {
  /** Lines of each text. */
  textLines: number;
  files: number;
}

const WHOLE: ReviewLength = { textLines: Number.POSITIVE_INFINITY, files: Number.POSITIVE_INFINITY };

/** What a version brings, changes and takes away, what needs a grant first. Mark it before it is printed: its texts are the plugin's. */
export function describeReview(review: PluginReviewResource, length = WHOLE): string {
  const { name, before, after } = review;
  const title =
    before === null ? `${name} ${toVersion(after)} brings` : `${name}: ${toVersion(before)} → ${toVersion(after)}`;
  const blocks = [...listParts(review, length), ...listGrants(review), ...listSettings(review)];
  const section = (heading: string, needs: Block['needs']) => {
    const lines = blocks.filter((block) => block.needs === needs).flatMap((block) => block.lines);
    return lines.length === 0 ? [] : [heading, ...lines.map((line) => `  ${line}`)];
  };
  return [
    title,
    ...section('Needs a grant:', 'grant'),
    ...section(before === null ? 'Runs once you activate it:' : 'Takes effect once you accept it:', 'activation'),
    ...section(before === null ? 'Needs no grant:' : 'Changes without a grant:', 'nothing'),
    ...listFiles(review, length),
    ...(review.left_off === 0 ? [] : [`${review.left_off} more are not listed.`]),
  ].join('\n');
}

/** How one file was changed. Mark it before it is printed. */
export function describeFileReview({ path, diff, why_not: whyNot, ...sizes }: PluginFileReviewResource): string {
  const size = toSizes(sizes.before_bytes, sizes.after_bytes);
  if (diff === null)
    return `${path}: ${size}. ${whyNot === 'binary' ? 'It is no text.' : 'It is too large to be compared.'}`;
  if (diff.hunks.length === 0) return `${path}: ${size}. Its lines are the same; their ends or its mode differ.`;
  return [`${path}: ${size}, +${diff.added} -${diff.removed} lines`, ...listDiff(diff, WHOLE.textLines)].join('\n');
}

interface Block {
  /** A grant of its own, or only that the version as a whole is activated. */
  needs: 'grant' | 'activation' | 'nothing';
  lines: string[];
}

function listParts({ parts }: PluginReviewResource, { textLines }: ReviewLength): Block[] {
  return parts.map((part) => {
    const { kind, name, change, reasons, definition, file, text } = part;
    const told = change === 'changed' ? `: ${reasons.map((reason) => REASONS[reason]).join(', ')}` : '';
    const counts = text === null ? '' : ` (${file === null ? '' : `${file}, `}+${text.added} -${text.removed} lines)`;
    return {
      needs: !part.needs_grant ? 'nothing' : kind === 'hook' ? 'grant' : 'activation',
      lines: [
        `${SIGNS[change]} ${KINDS[kind]} ${toName(name)}${told}${counts}`,
        ...definition.flatMap(listValue).map((line) => `    ${line}`),
        ...(text === null ? [] : listDiff(text, textLines).map((line) => `    ${line}`)),
      ],
    };
  });
}

/** Hooks are parts too. */
function listGrants({ of, grants }: PluginReviewResource): Block[] {
  return grants
    .filter(({ kind, change }) => kind !== 'hooks' && change !== 'unchanged')
    .map(({ kind, value, change, granted }) => ({
      needs: of !== 'roll_back' && change === 'added' && !granted ? 'grant' : 'nothing',
      lines: [`${SIGNS[change]} ${GRANTS[kind]} ${toName(value)}`],
    }));
}

function listSettings({ before, settings }: PluginReviewResource): Block[] {
  // What it says of itself needs no list where nothing is compared.
  const told =
    before === null ? settings.filter(({ field }) => !/^(?:source|taken in|description|author)/.test(field)) : settings;
  return told.map((setting) => ({
    needs: setting.needs_grant ? 'activation' : 'nothing',
    lines: listValue(setting),
  }));
}

function listValue({ field, before, after }: PluginValueChange): string[] {
  const line = (sign: string, value: string) => toLines(`${sign} ${toName(field)}: `, value);
  if (before === after) return line(' ', after ?? '');
  return [...(before === null ? [] : line('-', before)), ...(after === null ? [] : line('+', after))];
}

/** Further lines of a value have a bar, so that none of them looks like a line of ours. */
function toLines(start: string, value: string): string[] {
  return value.split('\n').map((line, at) => (at === 0 ? `${start}${line}` : `    │ ${line}`));
}

function toName(name: string): string {
  return name.replaceAll('\n', '<U+000A>');
}

function listDiff({ hunks, left_off: leftOff }: PluginTextDiff, max: number): string[] {
  const lines = hunks.flatMap((hunk) => [`@@ ${hunk.old_start} → ${hunk.new_start} @@`, ...hunk.lines]);
  const more = Math.max(0, lines.length - max) + leftOff;
  return [...lines.slice(0, max), ...(more === 0 ? [] : [`… ${more} more lines`])];
}

function listFiles({ before, files }: PluginReviewResource, { files: max }: ReviewLength): string[] {
  if (files === null) return before === null ? [] : ['Its files cannot be compared on this server.'];
  const { added, removed, changed, unchanged, data } = files;
  // A bare MCP server has none.
  if (added + removed + changed + unchanged === 0) return [];
  const more = Math.max(0, data.length - max) + files.left_off;
  return [
    `Files: ${added} added, ${removed} removed, ${changed} changed, ${unchanged} the same`,
    ...data.slice(0, max).map(describeFile),
    ...(more === 0 ? [] : [`  … ${more} more files`]),
  ];
}

function describeFile({ path, change, before_bytes: before, after_bytes: after, ...file }: PluginFileChange): string {
  const mode = { yes: ', a program', no: '', added: ', now a program', removed: ', no program any more' }[
    file.executable
  ];
  return `  ${SIGNS[change]} ${path}  ${toSizes(before, after)}${file.is_binary ? ', binary' : ''}${mode}`;
}

function toSizes(before: number | null, after: number | null): string {
  if (before === null || after === null || before === after) return `${after ?? before ?? 0} bytes`;
  return `${before} → ${after} bytes`;
}

function toVersion({ version, digest }: { version: string | null; digest: string }): string {
  return version === null ? digest.slice(0, 12) : toName(version);
}
