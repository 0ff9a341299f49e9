import { type ImportDeclarationSpecifier, parseSync, Visitor } from 'oxc-parser';

/** One place where a module names another module. `typeOnly` imports disappear when types are stripped. */
export interface ModuleImport {
  specifier: string;
  line: number;
  typeOnly: boolean;
}

/** The facts about one module that the import rules use. */
export interface ParsedModule {
  imports: ModuleImport[];
  /** The lines that read the process environment. */
  environmentReads: number[];
}

/**
 * Lists a module's imports (static, re-exported, dynamic with a literal, and `import('x')` types) and where it reads
 * the environment. Throws if the source cannot be parsed.
 */
export function parseModule(file: string, source: string): ParsedModule {
  const { program, errors } = parseSync(file, source);
  const [error] = errors;
  if (error) throw new Error(`${file} does not parse: ${error.message}`);

  const imports: ModuleImport[] = [];
  const environmentReads: number[] = [];
  const lineAt = (offset: number): number => source.slice(0, offset).split('\n').length;
  const add = (specifier: string, start: number, typeOnly: boolean): void => {
    imports.push({ specifier, line: lineAt(start), typeOnly });
  };

  new Visitor({
    ImportDeclaration(node) {
      const inlineTypes =
        node.specifiers.length > 0 &&
        node.specifiers.every((one) => one.type === 'ImportSpecifier' && one.importKind === 'type');
      add(node.source.value, node.start, node.importKind === 'type' || inlineTypes);
      if (isProcessModule(node.source.value) && node.specifiers.some(importsEnv))
        environmentReads.push(lineAt(node.start));
    },
    ExportNamedDeclaration(node) {
      if (node.source) add(node.source.value, node.start, node.exportKind === 'type');
    },
    ExportAllDeclaration(node) {
      add(node.source.value, node.start, node.exportKind === 'type');
    },
    ImportExpression(node) {
      if (node.source.type === 'Literal' && typeof node.source.value === 'string') {
        add(node.source.value, node.start, false);
      }
    },
    TSImportType(node) {
      add(node.source.value, node.start, true);
    },
    MemberExpression(node) {
      if (node.object.type !== 'Identifier' || node.object.name !== 'process') return;
      const name = node.property.type === 'Identifier' ? node.property.name : undefined;
      const literal = node.property.type === 'Literal' ? node.property.value : undefined;
      if (name === 'env' || literal === 'env') environmentReads.push(lineAt(node.start));
    },
    VariableDeclarator(node) {
      if (node.init?.type !== 'Identifier' || node.init.name !== 'process' || node.id.type !== 'ObjectPattern') return;
      const takesEnv = node.id.properties.some(
        (one) => one.type === 'Property' && one.key.type === 'Identifier' && one.key.name === 'env',
      );
      if (takesEnv) environmentReads.push(lineAt(node.start));
    },
  }).visit(program);

  return { imports, environmentReads };
}

function isProcessModule(specifier: string): boolean {
  return specifier === 'node:process' || specifier === 'process';
}

function importsEnv(specifier: ImportDeclarationSpecifier): boolean {
  if (specifier.type !== 'ImportSpecifier') return false;
  return specifier.imported.type === 'Identifier' && specifier.imported.name === 'env';
}
