import type { Method, OpenApiDocument, Response } from '../open-api-types.ts';
import { html, type Html } from './html.ts';
import { renderOperation, renderPath, type PlacedOperation } from './render-operation.ts';
import { renderSchema } from './render-schema.ts';
import { renderInline, renderText } from './render-text.ts';

/**
 * The document as a page for people. It runs no script, loads only its style, and can be printed.
 * @param basePath stands before the paths of its links
 */
export function renderPage(document: OpenApiDocument, basePath: string): string {
  const groups = document.tags.map((tag) => ({
    ...tag,
    id: toId(tag.name),
    operations: listOperations(document, tag.name),
  }));
  const { info, components } = document;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <title>API · ${info.title}</title>
        <link rel="icon" href="${basePath}/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${basePath}/api/docs/style.css" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to the text</a>
        <header>
          <a class="home" href="${basePath}/">${info.title}</a> <span>API ${info.version}</span>
          <a href="${basePath}/api/openapi.json">OpenAPI 3.1</a>
        </header>
        <div class="columns">
          <nav aria-label="Requests">
            ${groups.map(
              ({ name, id, operations }) =>
                html`<section>
                  <h2><a href="#${id}">${name}</a></h2>
                  <ul>
                    ${operations.map(renderLink)}
                  </ul>
                </section>`,
            )}
            <section>
              <h2><a href="#failures">Failures</a></h2>
            </section>
            <section>
              <h2><a href="#schemas">Schemas</a></h2>
            </section>
          </nav>
          <main id="main" tabindex="-1">
            <h1>${info.title} API</h1>
            ${renderText(info.description)}
            ${groups.map(
              ({ name, id, description, operations }) =>
                html`<section id="${id}" aria-labelledby="${id}-title">
                  <h2 id="${id}-title">${name}</h2>
                  ${renderText(description)} ${operations.map(renderOperation)}
                </section>`,
            )}
            <section id="failures" aria-labelledby="failures-title">
              <h2 id="failures-title">Failures</h2>
              ${Object.entries(components.responses).map(([name, response]) => renderFailure(name, response, document))}
            </section>
            <section id="schemas" aria-labelledby="schemas-title">
              <h2 id="schemas-title">Schemas</h2>
              ${Object.entries(components.schemas).map(
                ([name, schema]) =>
                  html`<article id="schema-${name}" aria-labelledby="schema-${name}-title">
                    <h3 id="schema-${name}-title">${name}</h3>
                    ${schema.description !== undefined && html`<p>${renderInline(schema.description)}</p>`}
                    ${renderSchema(schema)}
                  </article>`,
              )}
            </section>
          </main>
        </div>
      </body>
    </html>`;
  return page.html;
}

function renderLink({ method, path, operation }: PlacedOperation): Html {
  return html`<li>
    <a href="#${operation.operationId}"
      ><span class="method ${method}">${method.toUpperCase()}</span> <span class="path">${renderPath(path)}</span></a
    >
  </li>`;
}

function renderFailure(name: string, { description, content }: Response, document: OpenApiDocument): Html {
  const example = content?.['application/json']?.example;
  return html`<article id="failure-${name}">
    <h3>${findStatus(name, document)} ${name}</h3>
    <p>${renderInline(description)}</p>
    ${example !== undefined && html`<pre><code>${JSON.stringify(example, null, 2)}</code></pre>`}
  </article>`;
}

function listOperations({ paths }: OpenApiDocument, tag: string): PlacedOperation[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => ({ method: method as Method, path, operation })),
  );
}

/** The status under which requests refer to a failure. */
function findStatus(name: string, { paths }: OpenApiDocument): string {
  const answers = Object.values(paths).flatMap((operations) =>
    Object.values(operations).flatMap(({ responses }) => Object.entries(responses)),
  );
  return answers.find(([, answer]) => '$ref' in answer && answer.$ref.endsWith(`/${name}`))?.[0] ?? '';
}

function toId(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-');
}
