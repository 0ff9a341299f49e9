import { parseSync, type Directive, type Statement, type TSSignature, type TSType } from 'oxc-parser';

/** The exported types of a declaration file: for each its members, or the parts of its union, with their text. */
export type ExportedTypes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Reads the exports of a `.d.ts` file. The members of an intersection are those of its literal parts. Comments are left
 * out, so that a new wording is not reported as a change. Throws if the source cannot be parsed.
 */
export function readTypes(file: string, source: string): ExportedTypes {
  const { program, comments, errors } = parseSync(file, source);
  const [error] = errors;
  if (error) throw new Error(`${file} does not parse: ${error.message}`);
  const read = createReader(source, comments);
  return new Map(program.body.flatMap((statement) => readStatement(statement, read)));
}

interface Reader {
  toText(node: { start: number; end: number }): string;
}

function createReader(source: string, comments: readonly { start: number; end: number }[]): Reader {
  const pieces: string[] = [];
  let at = 0;
  // Comments are replaced by blanks, so that positions in the text stay the same.
  for (const { start, end } of comments) {
    pieces.push(source.slice(at, start), ' '.repeat(end - start));
    at = end;
  }
  const bare = pieces.join('') + source.slice(at);
  return {
    toText: ({ start, end }) => bare.slice(start, end).replaceAll(/\s+/g, ' ').replace(/;$/, '').trim(),
  };
}

function readStatement(statement: Statement | Directive, { toText }: Reader): [string, Map<string, string>][] {
  if (statement.type !== 'ExportNamedDeclaration' || !statement.declaration) return [];
  const { declaration } = statement;
  switch (declaration.type) {
    case 'TSInterfaceDeclaration':
      return [[declaration.id.name, toMembers(declaration.body.body, toText)]];
    case 'TSTypeAliasDeclaration':
      return [[declaration.id.name, toParts(declaration.typeAnnotation, toText)]];
    case 'ClassDeclaration':
    case 'TSDeclareFunction':
      return declaration.id ? [[declaration.id.name, new Map([['', toText(declaration)]])]] : [];
    case 'VariableDeclaration':
      return declaration.declarations.flatMap((each): [string, Map<string, string>][] =>
        each.id.type === 'Identifier' ? [[each.id.name, new Map([['', toText(each)]])]] : [],
      );
    default:
      return [];
  }
}

function toParts(type: TSType, toText: Reader['toText']): Map<string, string> {
  switch (type.type) {
    case 'TSTypeLiteral':
      return toMembers(type.members, toText);
    case 'TSUnionType':
      return new Map(type.types.map((part) => [toText(part), '']));
    case 'TSIntersectionType':
      return new Map(type.types.flatMap((part) => [...toParts(part, toText)]));
    default:
      return new Map([['', toText(type)]]);
  }
}

function toMembers(members: readonly TSSignature[], toText: Reader['toText']): Map<string, string> {
  return new Map(
    members.map((member): [string, string] => {
      const isNamed = member.type === 'TSPropertySignature' || member.type === 'TSMethodSignature';
      return [isNamed ? toText(member.key) : toText(member), toText(member)];
    }),
  );
}
