import type { ElicitationField } from '@claude-sdk-pattern/protocol';
import type { ElicitRequest } from '@modelcontextprotocol/sdk/types.js';

import type { Elicitation } from '../../permissions/elicitation.ts';
import { toReadable } from './mcp-notices.ts';

type Params = ElicitRequest['params'];
type FormParams = Exclude<Params, { mode: 'url' }>;
type Definition = FormParams['requestedSchema']['properties'][string];

const MAX_MESSAGE_CHARS = 10_000;
const MAX_FIELDS = 50;
const MAX_OPTIONS = 200;
const MAX_URL_CHARS = 8000;
/** Of all fields together, as JSON. */
const MAX_FORM_CHARS = 100_000;

/** What people are asked, or why they cannot be asked it, as a clause. */
export function toElicitation(server: string, params: Params): Elicitation | { problem: string } {
  const message = toReadable(params.message);
  if (params.message.length > MAX_MESSAGE_CHARS)
    return { problem: `its question has over ${MAX_MESSAGE_CHARS} characters` };
  if (params.mode === 'url') return toLink(server, message, params.url);
  const { properties, required = [] } = params.requestedSchema;
  const names = Object.keys(properties);
  if (names.length > MAX_FIELDS) return { problem: `its form has over ${MAX_FIELDS} fields` };
  if (JSON.stringify(properties).length > MAX_FORM_CHARS) return { problem: 'its form is too long' };
  const fields = Object.entries(properties).map(([name, definition]) =>
    toField(name, definition, required.includes(name)),
  );
  if (fields.some(({ options }) => options.length > MAX_OPTIONS))
    return { problem: `a field of its form has over ${MAX_OPTIONS} options` };
  // The server gets these back as they are, so they cannot be shown in another way.
  const returned = fields.flatMap((field) => [field.name, ...toTexts(field.default), ...field.options.map(toValue)]);
  if (returned.some((text) => toReadable(text) !== text.replaceAll('\r\n', '\n')))
    return { problem: 'its form has characters that cannot be seen' };
  return { server, message, mode: 'form', fields: fields.map(toReadableField) };
}

function toTexts(value: ElicitationField['default']): string[] {
  return [value].flat().filter((each) => typeof each === 'string');
}

const toValue = ({ value }: ElicitationField['options'][number]) => value;

function toReadableField(field: ElicitationField): ElicitationField {
  const { title, description, options } = field;
  return {
    ...field,
    title: toReadable(title),
    description: description === null ? null : toReadable(description),
    options: options.map((option) => ({ ...option, title: toReadable(option.title) })),
  };
}

function toLink(server: string, message: string, text: string): Elicitation | { problem: string } {
  const url = text.length <= MAX_URL_CHARS && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return { problem: 'it wants to open something that is no web page' };
  if (url.username !== '' || url.password !== '') return { problem: 'the address of its page holds a password' };
  return { server, message, mode: 'url', url: url.href };
}

function toField(name: string, definition: Definition, required: boolean): ElicitationField {
  const { title = name, description = null } = definition;
  const field: ElicitationField = {
    ...{ name, title, description, required, kind: 'text', format: null, min: null, max: null, options: [] },
    default: definition.default ?? null,
  };
  if (definition.type === 'boolean') return { ...field, kind: 'boolean' };
  if (definition.type === 'number' || definition.type === 'integer')
    return { ...field, kind: definition.type, min: definition.minimum ?? null, max: definition.maximum ?? null };
  if (definition.type === 'array') {
    const { items, minItems: min = null, maxItems: max = null } = definition;
    const options = 'enum' in items ? items.enum.map((value) => ({ value, title: value })) : toOptions(items.anyOf);
    return { ...field, kind: 'choices', options, min, max };
  }
  if ('oneOf' in definition) return { ...field, kind: 'choice', options: toOptions(definition.oneOf) };
  if ('enum' in definition) {
    const titles = 'enumNames' in definition ? definition.enumNames : undefined;
    const options = definition.enum.map((value, index) => ({ value, title: titles?.[index] ?? value }));
    return { ...field, kind: 'choice', options };
  }
  if (!('minLength' in definition || 'maxLength' in definition || 'format' in definition)) return field;
  const { format = null, minLength = null, maxLength = null } = definition;
  return { ...field, format, min: minLength, max: maxLength };
}

function toOptions(options: readonly { const: string; title: string }[]): ElicitationField['options'] {
  return options.map(({ const: value, title }) => ({ value, title }));
}
