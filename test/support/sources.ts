import { readFileSync } from 'node:fs'
import { posix, relative, sep } from 'node:path'
import {
  isBindingElement,
  isCallExpression,
  isExportDeclaration,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isObjectBindingPattern,
  isStringLiteral,
  isVariableDeclaration,
  ModifierFlags,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/sync'
import { projectRoot } from './root.ts'

/** One function with a body: where it begins, how long it is from its first to its last line, how many parameters. */
export type SourceFunction = Readonly<{ name: string; line: number; lines: number; parameters: number }>

/** One file, as its syntax tree tells it. Paths are relative to the root of the project, with forward slashes. */
export type Source = Readonly<{
  path: string
  lines: number
  /** Files of the project that it imports, types and re-exports included, with the names it takes. */
  imports: readonly Readonly<{ path: string; names: readonly string[] }>[]
  /** Specifiers of everything else it imports: packages and parts of Node. */
  packages: readonly string[]
  exported: readonly string[]
  functions: readonly SourceFunction[]
  /** True when every statement only passes on what other files export. */
  barrel: boolean
  /** Property paths that are read, such as `archive.db`. */
  reads: readonly string[]
  /** Names of properties that are taken apart, such as `db` in `const { db } = archive`. */
  taken: readonly string[]
}>

/** Every TypeScript file below these folders, in order of path. It takes its tree from the compiler of the project. */
export function readSources(...folders: readonly string[]): readonly Source[] {
  const api = new API({ cwd: projectRoot })
  try {
    const program = api.updateSnapshot({ openProjects: [`${projectRoot}tsconfig.json`] }).getProjects()[0]!.program
    return program
      .getSourceFileNames()
      .map((file) => relative(projectRoot, file).split(sep).join('/'))
      .filter((path) => folders.some((folder) => path.startsWith(`${folder}/`)))
      .sort()
      .map((path) => sourceOf(path, program.getSourceFile(projectRoot + path)!))
  } finally {
    api.close()
  }
}

function sourceOf(path: string, file: SourceFile): Source {
  const text = readFileSync(projectRoot + path, 'utf8')
  const nodes = [...below(file)]
  const wanted = nodes.flatMap((node) => importOf(node))
  const inside = wanted.filter(({ specifier }) => specifier.startsWith('.'))
  return {
    path,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    imports: inside.map(({ specifier, names }) => ({ path: posix.join(posix.dirname(path), specifier), names })),
    packages: wanted.map(({ specifier }) => specifier).filter((specifier) => !specifier.startsWith('.')),
    exported: nodes.flatMap(exportedNames),
    functions: nodes.flatMap((node) => functionOf(node, file)),
    barrel: file.statements.length > 0 && file.statements.every(isExportDeclaration),
    reads: nodes.filter((node) => node.kind === SyntaxKind.PropertyAccessExpression).map((node) => node.getText(file)),
    taken: nodes.flatMap(takenName),
  }
}

function takenName(node: Node): readonly string[] {
  if (!isBindingElement(node) || !isObjectBindingPattern(node.parent)) return []
  const taken = node.propertyName ?? node.name
  return taken && isIdentifier(taken) ? [taken.text] : []
}

function* below(node: Node): Generator<Node> {
  yield node
  const children: Node[] = []
  node.forEachChild((child) => void children.push(child))
  for (const child of children) yield* below(child)
}

type Wanted = Readonly<{ specifier: string; names: readonly string[] }>

function importOf(node: Node): readonly Wanted[] {
  if (isImportDeclaration(node) || isExportDeclaration(node)) {
    const { moduleSpecifier } = node
    if (!moduleSpecifier || !isStringLiteral(moduleSpecifier)) return []
    return [{ specifier: moduleSpecifier.text, names: identifiers(node) }]
  }
  if (isImportTypeNode(node)) return [{ specifier: node.argument.getText().slice(1, -1), names: [] }]
  if (!isCallExpression(node) || node.expression.kind !== SyntaxKind.ImportKeyword) return []
  const [specifier] = node.arguments
  return specifier && isStringLiteral(specifier) ? [{ specifier: specifier.text, names: [] }] : []
}

const identifiers = (node: Node): string[] => [...below(node)].filter(isIdentifier).map(({ text }) => text)

type Named = Node & { name?: Node; modifierFlags?: ModifierFlags }

function exportedNames(node: Node): readonly string[] {
  const named = node as Named
  const list = node.kind === SyntaxKind.VariableStatement
  if (!((named.modifierFlags ?? 0) & ModifierFlags.Export)) return []
  if (list) return [...below(node)].filter(isTopDeclaration).flatMap(({ name }) => identifiers(name))
  return named.name && isIdentifier(named.name) ? [named.name.text] : []
}

const isTopDeclaration = (node: Node): node is Node & { name: Node } =>
  isVariableDeclaration(node) && node.parent.parent.parent.kind === SyntaxKind.SourceFile

type Callable = Named & { body?: Node; parameters?: readonly Node[] }

function functionOf(node: Node, file: SourceFile): readonly SourceFunction[] {
  const { body, parameters, name } = node as Callable
  if (!body || !parameters) return []
  const first = file.getLineAndCharacterOfPosition(node.getStart(file)).line
  const last = file.getLineAndCharacterOfPosition(node.end).line
  const named = name ?? (node.parent as Named).name
  return [
    {
      name: named && isIdentifier(named) ? named.text : 'a function',
      line: first + 1,
      lines: last - first + 1,
      parameters: parameters.length,
    },
  ]
}
