import { type RawBuilder, sql } from 'kysely'
import type { CriteriaSet, Criterion } from '../model/search.ts'
import { comparisonSql, findsNothing } from './search-comparisons.ts'
import type { Link, Node, SearchSource } from './search-nodes.ts'
import { namedValue, type SearchValue } from './search-values.ts'

/** A set of criteria with the values found that they are about. */
type Tree = Readonly<{ method: 'AND' | 'OR'; leaves: readonly Leaf[]; sets: readonly Tree[] }>
type Leaf = Readonly<{ value: SearchValue; criterion: Criterion }>

/**
 * Criteria as one condition on the rows of a search. Criteria of one set on the same kind of joined record speak of the
 * same record: a scan of type T1 that is usable, not one of each.
 * @throws ArchiveError 'unreadable'
 */
export function criteriaSql(source: SearchSource, where: CriteriaSet): RawBuilder<boolean> {
  return condition(source, treeOf(source, where))
}

function treeOf(source: SearchSource, set: CriteriaSet): Tree {
  return {
    method: set.method,
    leaves: set.criteria.map((criterion) => ({
      value: namedValue(source, source.root.type.name, criterion.field).value,
      criterion,
    })),
    sets: set.sets.map((inner) => treeOf(source, inner)).filter((inner) => !isEmpty(inner)),
  }
}

const isEmpty = (tree: Tree): boolean => tree.leaves.length === 0 && tree.sets.length === 0

/** The one node that a tree is about, or undefined when there are several. */
function nodeIn(tree: Tree): Node | undefined {
  const nodes = new Map<string, Node>()
  for (const { value } of tree.leaves) nodes.set(value.node.alias, value.node)
  for (const set of tree.sets) {
    const node = nodeIn(set)
    if (!node) return undefined
    nodes.set(node.alias, node)
  }
  return nodes.size === 1 ? nodes.values().next().value : undefined
}

function condition(source: SearchSource, tree: Tree): RawBuilder<boolean> {
  if (isEmpty(tree)) return sql<boolean>`1 = 1`
  const node = nodeIn(tree)
  if (node) return onNode(source, node, tree)
  const groups = new Map<string, { leaves: Leaf[]; sets: Tree[] }>()
  const mixed: Tree[] = []
  const groupOf = ({ alias }: Node) => {
    const known = groups.get(alias) ?? { leaves: [], sets: [] }
    groups.set(alias, known)
    return known
  }
  for (const leaf of tree.leaves) groupOf(leaf.value.node).leaves.push(leaf)
  for (const set of tree.sets) {
    const inner = nodeIn(set)
    if (inner) groupOf(inner).sets.push(set)
    else mixed.push(set)
  }
  const parts = [...[...groups.values()].map((group) => ({ method: tree.method, ...group })), ...mixed]
  return joined(
    tree.method,
    parts.map((part) => condition(source, part)),
  )
}

const joined = (method: 'AND' | 'OR', parts: readonly RawBuilder<boolean>[]): RawBuilder<boolean> =>
  sql<boolean>`(${sql.join(parts, method === 'AND' ? sql` and ` : sql` or `)})`

function onNode(source: SearchSource, node: Node, tree: Tree): RawBuilder<boolean> {
  const direct = plain(source, tree)
  const repeatsRows = source.chain.some(({ alias }) => alias === node.alias)
  return !node.link || repeatsRows ? direct : linked(node.link, direct, fitsNothing(tree))
}

/**
 * Rows that have a record with `direct`; also those that have none at all where nothing fits, too. It is looked up row
 * by row, so that a statement over some rows does not go through all records.
 */
function linked(link: Link, direct: RawBuilder<boolean>, fits: boolean): RawBuilder<boolean> {
  const { from, inner, key } = link
  const reached = sql`select 1 from ${from} where ${inner} = ${key} ${link.where ? sql`and ${link.where}` : sql``}`
  const found = sql<boolean>`exists (${reached} and ${direct})`
  return fits ? sql<boolean>`(${found} or not exists (${reached}))` : found
}

/** The same where an index finds the few records first, and they lead to the rows. */
function chosen({ from, inner, key, where }: Link, direct: RawBuilder<boolean>): RawBuilder<boolean> {
  return sql<boolean>`${key} in (select ${inner} from ${from} where ${where ? sql`${where} and` : sql``} ${direct})`
}

/** Whether a row fits that has no such record: all its values are absent. */
function fitsNothing(tree: Tree): boolean {
  const parts = [...tree.leaves.map(({ criterion }) => findsNothing(criterion)), ...tree.sets.map(fitsNothing)]
  return tree.method === 'AND' ? parts.every(Boolean) : parts.some(Boolean)
}

function plain(source: SearchSource, tree: Tree): RawBuilder<boolean> {
  const leaves = tree.leaves.map((leaf) => leafSql(source, leaf))
  return joined(tree.method, [...leaves, ...tree.sets.map((set) => plain(source, set))])
}

function leafSql({ scope }: SearchSource, { value, criterion }: Leaf): RawBuilder<boolean> {
  const { dialect } = scope.archive.db
  const { kept, entries, kind } = value
  const compare = (expression: RawBuilder<unknown>) => comparisonSql(dialect, { expression, kind }, criterion)
  if (kept && isExact(criterion)) return chosen(kept, compare(kept.value))
  if (kept) return linked(kept, compare(kept.value), findsNothing(criterion))
  if (!entries) return compare(value.expression)
  const found = sql<boolean>`exists (select 1 from ${entries.from} where ${compare(entries.value)})`
  if (!findsNothing(criterion)) return found
  return sql<boolean>`(${found} or not exists (select 1 from ${entries.from}))`
}

/** Names are indexed: projects, labels and accession ids are found by them. */
const isExact = (criterion: Criterion): boolean =>
  (criterion.comparison === '=' || criterion.comparison === 'IN') && !findsNothing(criterion)
