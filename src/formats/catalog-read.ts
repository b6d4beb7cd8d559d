import { namespaces } from '../model/namespaces.ts'
import { readXmlStream, type XmlElement, type XmlLimits } from './xml-read.ts'

/** A catalog of a hundred thousand files is some 50 MB long; its entries are not kept as XML. */
const catalogLimits: XmlLimits = Object.freeze({ bytes: 1024 ** 3, depth: 64, nodes: 100_000_000 })

/** What a catalog of the original says of one file (resources 9.2). */
export type CatalogFile = Readonly<{
  /** A path below the folder of the catalog, an absolute one, or the address of a file elsewhere. */
  uri: string
  /** Paths below the folder, where the address is none. */
  cachePath: string | undefined
  id: string | undefined
  /** MD5, 32 lower-case hexadecimal digits; undefined where the catalog has none, or something else. */
  md5: string | undefined
  format: string | undefined
  content: string | undefined
  description: string | undefined
  tags: readonly string[]
}>

/**
 * The files that a catalog lists, those of its entry sets included, in their order; undefined when the document is no
 * catalog. Prefixes, and whether it is one of DICOM, do not matter.
 * @throws ArchiveError 'unreadable' when it is no XML, 'too-large'
 */
export async function readCatalog(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<readonly CatalogFile[] | undefined> {
  const files: CatalogFile[] = []
  const root = await readXmlStream(chunks, catalogLimits, (element) => {
    if (!isOfCatalog(element) || element.local !== 'entry') return false
    const file = fileOf(element)
    if (file) files.push(file)
    return true
  })
  return isOfCatalog(root) && /catalog$/i.test(root.local) ? files : undefined
}

const isOfCatalog = ({ uri }: XmlElement): boolean => uri === namespaces['cat']

function fileOf(entry: XmlElement): CatalogFile | undefined {
  const value = (name: string): string | undefined =>
    entry.attributes.find(({ uri, local }) => uri === '' && local === name)?.value.trim() || undefined
  const uri = value('URI')
  if (uri === undefined) return undefined
  const digest = value('digest')?.toLowerCase()
  return {
    uri,
    cachePath: value('cachePath'),
    id: value('ID'),
    md5: digest !== undefined && /^[0-9a-f]{32}$/.test(digest) ? digest : undefined,
    format: value('format'),
    content: value('content'),
    description: value('description'),
    tags: tagsOf(entry),
  }
}

const tagsOf = (entry: XmlElement): string[] =>
  entry.children
    .filter(({ local }) => local === 'tags')
    .flatMap(({ children }) => children.map(({ text }) => text))
    .filter((tag) => tag !== '')
