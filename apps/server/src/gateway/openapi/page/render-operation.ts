import type { Operation, Response } from '../open-api-types.ts';
import { html, type Html } from './html.ts';
import { renderFields, renderSchema, renderType } from './render-schema.ts';
import { renderInline, renderText } from './render-text.ts';

export interface PlacedOperation {
  method: string;
  path: string;
  operation: Operation;
}

/** One request: what it does, what it takes, what it answers. */
export function renderOperation(placed: PlacedOperation): Html {
  const { method, path, operation } = placed;
  const { operationId, summary, description, parameters = [], requestBody } = operation;
  return html`<article id="${operationId}" aria-labelledby="${operationId}-title">
    <h3 id="${operationId}-title">
      <a href="#${operationId}" class="request"
        ><span class="method ${method}">${method.toUpperCase()}</span> <span class="path">${renderPath(path)}</span></a
      >
    </h3>
    <p class="summary">${renderInline(summary)}</p>
    ${description !== undefined && renderText(description)}
    ${operation.security?.length === 0 && html`<p class="note">Needs no credential.</p>`}
    ${
      parameters.length > 0 &&
      html`<h4>Parameters</h4>
        ${renderFields(parameters)}`
    }
    ${requestBody && renderBody(requestBody)}
    <h4>Answers</h4>
    ${renderAnswers(operation.responses)}
    <details class="example">
      <summary>Example</summary>
      <pre><code>${toCommand(placed)}</code></pre>
    </details>
  </article>`;
}

/** A path that breaks between its parts, where there is no room for it. */
export function renderPath(path: string): Html[] {
  const chance: Html = { html: '<wbr>' };
  return path.split(/(?=\/)/).flatMap((part, index) => (index === 0 ? [html`${part}`] : [chance, html`${part}`]));
}

function renderBody({ required, content }: NonNullable<Operation['requestBody']>): Html {
  return html`${Object.entries(content).map(
    ([type, { schema }]) =>
      html`<h4>Body <span class="type">${type}${required ? '' : ', optional'}</span></h4>
        ${renderSchema(schema)}`,
  )}`;
}

function renderAnswers(responses: Operation['responses']): Html {
  const all = Object.entries(responses);
  const failures = all.flatMap(([status, response]) =>
    '$ref' in response ? [html`<a href="#failure-${response.$ref.split('/').at(-1)}">${status}</a>`] : [],
  );
  return html`${all.map(([status, response]) => ('$ref' in response ? html`` : renderAnswer(status, response)))}
    <p class="failures">Fails with ${failures.map((link, index) => html`${index === 0 ? '' : ', '}${link}`)}.</p>`;
}

function renderAnswer(status: string, { description, content = {} }: Response): Html {
  const bodies = Object.entries(content);
  const types = bodies.map(([type, { schema }]) =>
    type === 'application/json' ? renderType(schema) : html`<code>${type}</code>`,
  );
  const [first] = bodies;
  const isInline = first?.[0] === 'application/json' && first[1].schema.$ref === undefined;
  return html`<div class="answer">
    <p>
      <strong>${status}</strong>
      ${types.map((type, index) => html`${index === 0 ? '' : ' or '}${type}`)}${bodies.length > 0 ? ' · ' : ''}${renderInline(description)}
    </p>
    ${
      isInline &&
      first &&
      html`<details>
        <summary>Fields of the answer</summary>
        ${renderSchema(first[1].schema)}
      </details>`
    }
  </div>`;
}

/** The request as one types it in a terminal. */
function toCommand({ method, path, operation }: PlacedOperation): string {
  const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `$${name.toUpperCase()}`);
  const lines = [`curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} "$SERVER${target}"`];
  if (operation.security?.length !== 0) lines.push(`-H "x-api-key: $KEY"`);
  if (type === 'multipart/form-data') lines.push('-F "file=@notes.txt"');
  else if (type !== undefined) {
    lines.push(`-H "content-type: ${type}"`);
    lines.push(`-d '${JSON.stringify(media?.example ?? {}).replaceAll("'", String.raw`'\''`)}'`);
  }
  return lines.join(' \\\n  ');
}
