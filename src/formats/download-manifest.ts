import { namespaces } from '../model/namespaces.ts'
import { type Node, node, nodeText } from './xml-node.ts'

/** What is to be fetched of one session: addresses below `/archive`, and the folder that each belongs into. */
export type ManifestSession = Readonly<{
  label: string
  entries: readonly Readonly<{ name: string; uri: string }>[]
}>

/**
 * A list of downloads for a program that fetches them one by one, as a catalog of catalogs (clients 5.5).
 * @param options words for its reader, such as `projectIncludedInPath`
 */
export function downloadManifest(id: string, options: readonly string[], sessions: readonly ManifestSession[]): string {
  const attributes = { 'xmlns:cat': namespaces['cat'], ID: id, description: options.join(' ') }
  const sets = node('cat:sets', {}, sessions.map(sessionNode))
  return `<?xml version="1.0" encoding="UTF-8"?>\n${nodeText(node('cat:Catalog', attributes, [sets]))}`
}

function sessionNode({ label, entries }: ManifestSession): Node {
  const listed = entries.map(({ name, uri }) => node('cat:entry', { URI: uri, name }))
  const inner = node('cat:entrySet', { ID: 'RAW' }, [node('cat:entries', {}, listed)])
  return node('cat:entrySet', { ID: label, description: label }, [node('cat:sets', {}, [inner])])
}
