import type { Catalog, CatalogChange, CatalogEntry, DownloadEntry } from '../model/catalog.ts'
import { namespaces } from '../model/namespaces.ts'
import { javaDate } from './java-date.ts'
import { escapeAttribute, escapeText } from './xml.ts'
import { XSI } from './xml-read.ts'

const ENTRIES_PER_CHUNK = 500

type Attributes = readonly (readonly [name: string, value: string | number | undefined])[]

/** The catalog of one resource, as `GET …/resources/{label}` answers it (resources 5 and 9.2). */
export const catalogToXml = (catalog: Catalog): string => Array.from(catalogXmlChunks(catalog)).join('')

/** The same in pieces, for resources of many thousand files. */
export function* catalogXmlChunks(catalog: Catalog): Generator<string> {
  const fields = metaFields('', [
    ['PROJECT', catalog.project],
    ['AUDIT', catalog.audit?.map(auditText).join('|')],
    ['CATALOG_LOCATION', catalog.rootPath],
  ])
  const root = catalog.entries.some(({ uid }) => uid) ? 'cat:DCMCatalog' : 'cat:Catalog'
  yield rootStart(root, catalog.label ?? String(catalog.id)) + fields
  yield* entriesText(catalog.entries, entryText)
  yield `</${root}>\n`
}

/**
 * A catalog of files to download, as `format=xcat` answers it (resources 3.7).
 * @param siteUrl without a slash at its end; it comes before every address
 */
export const xcatToXml = (entries: readonly DownloadEntry[], siteUrl: string): string =>
  Array.from(xcatXmlChunks(entries, siteUrl)).join('')

/** The same in pieces. */
export function* xcatXmlChunks(entries: readonly DownloadEntry[], siteUrl: string): Generator<string> {
  yield rootStart('cat:Catalog', 'files')
  yield* entriesText(entries, (entry) => downloadText(entry, siteUrl))
  yield '</cat:Catalog>\n'
}

// Clients recognise a catalog by its first two lines: declaration, line feed, `<cat:Catalog` or `<cat:DCMCatalog`.
const rootStart = (root: string, id: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attributesText([['ID', id]])} xmlns:cat="${namespaces['cat']}" xmlns:xsi="${XSI}">\n`

function* entriesText<T>(entries: readonly T[], write: (entry: T) => string): Generator<string> {
  if (entries.length === 0) return yield '<cat:entries/>\n'
  yield '<cat:entries>\n'
  for (let at = 0; at < entries.length; at += ENTRIES_PER_CHUNK) {
    yield entries
      .slice(at, at + ENTRIES_PER_CHUNK)
      .map(write)
      .join('')
  }
  yield '</cat:entries>\n'
}

function entryText(entry: CatalogEntry): string {
  const attributes = attributesText([
    ['xsi:type', entry.uid && 'cat:dcmEntry'],
    ['ID', entry.path],
    ['UID', entry.uid],
    ['URI', entry.path],
    ['cachePath', entry.path],
    ['content', entry.content],
    ['createdBy', entry.createdBy],
    ['createdEventId', entry.createdEventId],
    ['createdTime', entry.createdAt && localTime(entry.createdAt)],
    ['description', entry.description],
    ['digest', entry.digest],
    ['format', entry.format],
    ['instanceNumber', entry.instanceNumber],
    ['modifiedBy', entry.modifiedBy],
    ['modifiedEventId', entry.modifiedEventId],
    ['modifiedTime', entry.modifiedAt && localTime(entry.modifiedAt)],
    ['name', entry.name],
  ])
  return `\t<cat:entry${attributes}>\n${metaFields('\t\t', [['SIZE', entry.size]])}${tagsText(entry.tags)}\t</cat:entry>\n`
}

function downloadText(entry: DownloadEntry, siteUrl: string): string {
  const attributes = attributesText([
    ['URI', siteUrl + entry.uri],
    ['cachePath', entry.member],
    ['content', entry.content],
    ['digest', entry.digest],
    ['format', entry.format],
    ['name', entry.name],
  ])
  const fields = metaFields('\t\t', [
    ['RELATIVE_PATH', entry.member],
    ['SIZE', entry.size],
  ])
  return `\t<cat:entry${attributes}>\n${fields}\t</cat:entry>\n`
}

function metaFields(indent: string, fields: Attributes): string {
  const lines = fields
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${indent}\t<cat:metaField name="${name}">${escapeText(String(value))}</cat:metaField>\n`)
  return lines.length === 0 ? '' : `${indent}<cat:metaFields>\n${lines.join('')}${indent}</cat:metaFields>\n`
}

function tagsText(tags: readonly string[]): string {
  if (tags.length === 0) return ''
  return `\t\t<cat:tags>\n${tags.map((tag) => `\t\t\t<cat:tag>${escapeText(tag)}</cat:tag>\n`).join('')}\t\t</cat:tags>\n`
}

function auditText(change: CatalogChange): string {
  const counts = [change.added && `Added:${change.added}`, change.modified && `Modified:${change.modified}`].filter(
    Boolean,
  )
  return `${change.eventId}:${javaDate(change.at)}=${counts.join(';')}`
}

function attributesText(attributes: Attributes): string {
  let text = ''
  for (const [name, value] of attributes) {
    if (value !== undefined && value !== '') text += ` ${name}="${escapeAttribute(String(value))}"`
  }
  return text
}

/** Without an offset, as the original writes it; the site's time is UTC. */
const localTime = (iso: string): string => new Date(iso).toISOString().slice(0, 23)
