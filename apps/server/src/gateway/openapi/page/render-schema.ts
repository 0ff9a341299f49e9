import { toComponentName, type JsonSchema } from '../open-api-types.ts';
import { html, type Html } from './html.ts';
import { renderInline } from './render-text.ts';

interface Field {
  name: string;
  schema: JsonSchema;
  required: boolean;
  description?: string | undefined;
}

/** The fields of a schema, or its variants, or only its type. */
export function renderSchema(schema: JsonSchema): Html {
  const inside = schema.$ref === undefined ? renderInside(schema) : html``;
  return inside.html === '' ? html`<p>${renderType(schema)}</p>` : inside;
}

/** A list of fields or parameters. */
export function renderFields(fields: readonly Field[]): Html {
  return html`<dl class="fields">${fields.map(renderField)}</dl>`;
}

function renderField({ name, schema, required, description = schema.description }: Field): Html {
  return html`<div>
    <dt>
      <code>${name}</code>
      <span class="type">${renderType(schema)}${required ? '' : ' · optional'}</span>
    </dt>
    <dd>
      ${description !== undefined && html`<p>${renderInline(description)}</p>`}${renderRules(schema)}${renderNested(schema)}
    </dd>
  </div>`;
}

/** What a schema is in a few words, with a link where it has a name. */
export function renderType(schema: JsonSchema): Html {
  const { $ref, type, items, enum: values, format } = schema;
  if ($ref !== undefined) {
    const name = toComponentName($ref);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (values) return html`${join(values.map((value) => html`<code>${JSON.stringify(value)}</code>`))}`;
  const variants = listVariants(schema);
  if (variants.length > 0) return html`${join(distinct(variants.map(renderType)))}`;
  if (type === 'array') return html`list of ${items ? renderType(items) : 'anything'}`;
  if (type === 'object' && schema.properties === undefined && typeof schema.additionalProperties === 'object')
    return html`object with values of ${renderType(schema.additionalProperties)}`;
  if (type === undefined) return html`anything`;
  if (format !== undefined) return html`${type} (${format})`;
  return html`${[type].flat().join(' or ')}`;
}

function renderRules(schema: JsonSchema): Html {
  const rules = [
    toRange(schema['minimum'], schema['maximum'], ''),
    toRange(schema['minLength'], schema['maxLength'], ' characters'),
    toRange(schema['minItems'], schema['maxItems'], ' entries'),
    schema.default === undefined ? undefined : html`default <code>${JSON.stringify(schema.default)}</code>`,
  ].filter((rule) => rule !== undefined);
  if (rules.length === 0) return html``;
  return html`<p class="rules">${join(rules, ' · ')}</p>`;
}

function toRange(least: unknown, most: unknown, unit: string): Html | undefined {
  const numbers = new Intl.NumberFormat('en');
  const from = typeof least === 'number' && least > Number.MIN_SAFE_INTEGER ? numbers.format(least) : undefined;
  // Above it zod only says that a number is an integer.
  const to = typeof most === 'number' && most < Number.MAX_SAFE_INTEGER ? numbers.format(most) : undefined;
  if (from !== undefined && to !== undefined) return html`${from} to ${to}${unit}`;
  if (from !== undefined) return html`at least ${from}${unit}`;
  return to === undefined ? undefined : html`at most ${to}${unit}`;
}

/** What has fields of its own, folded. */
function renderNested(schema: JsonSchema): Html {
  const inner = schema.type === 'array' && schema.items ? schema.items : schema;
  const content = inner.$ref === undefined ? renderInside(inner) : html``;
  if (content.html === '') return html``;
  return html`<details>
    <summary>${inner === schema ? 'Fields' : 'Fields of each'}</summary>
    ${content}
  </details>`;
}

function renderInside(schema: JsonSchema): Html {
  const { properties } = schema;
  const required = schema.required ?? [];
  const fields = Object.entries(properties ?? {});
  if (fields.length > 0)
    return renderFields(fields.map(([name, field]) => ({ name, schema: field, required: required.includes(name) })));
  const variants = listVariants(schema).filter((variant) => !isPlain(variant));
  if (variants.length === 0) {
    const { items } = schema;
    return schema.type === 'array' && items && items.$ref === undefined ? renderInside(items) : html``;
  }
  if (variants.length === 1 && variants[0]) return renderInside(variants[0]);
  return html`${variants.map(
    (variant) =>
      html`<details>
        <summary>${nameVariant(variant)}</summary>
        ${renderInside(variant)}
      </details>`,
  )}`;
}

function nameVariant(variant: JsonSchema): Html {
  const type = variant.properties?.['type'];
  return type?.const === undefined
    ? html`${variant.type === 'array' ? 'A list' : 'An object'}`
    : html`<code>${JSON.stringify(type.const)}</code>`;
}

function listVariants(schema: JsonSchema): JsonSchema[] {
  return schema.anyOf ?? schema.oneOf ?? [];
}

function isPlain({ properties, items, anyOf, oneOf }: JsonSchema): boolean {
  return (
    properties === undefined && anyOf === undefined && oneOf === undefined && (items === undefined || isPlain(items))
  );
}

function distinct(parts: readonly Html[]): Html[] {
  return [...new Map(parts.map((part) => [part.html, part])).values()];
}

function join(parts: readonly Html[], separator = ' or '): Html[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [html`${separator}`, part]));
}
