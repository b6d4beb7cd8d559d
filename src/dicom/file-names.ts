import type { DicomHeader } from './header.ts'
import { type Attribute, attributeNamed } from './keywords.ts'
import type { Tag } from './tags.ts'

/** Text as it stands, the value of an attribute, or a hash of several. */
type Part = string | Readonly<{ keyword: string; tag: Tag | undefined }> | Readonly<{ hash: readonly Tag[] }>

/** How the names of files are made of what their headers say. */
export type FileTemplate = Readonly<{
  parts: readonly Part[]
  /** Tags that a header must be read with. */
  also: ReadonlyMap<Tag, string>
}>

/**
 * A template such as `${SeriesNumber}-${HashSOPClassUIDWithSOPInstanceUID}` (import 3.7). What is no keyword of DICOM
 * has no value.
 */
export async function parseTemplate(text: string): Promise<FileTemplate> {
  const also = new Map<Tag, string>()
  const find = async (keyword: string): Promise<Tag | undefined> => {
    const found: Attribute | undefined = await attributeNamed(keyword)
    if (found) also.set(found.tag, found.vr)
    return found?.tag
  }
  const parts: Part[] = []
  for (const [index, piece] of text.split(/\$\{(\w*)\}/).entries()) {
    if (index % 2 === 0) parts.push(piece)
    else parts.push((await hashOf(piece, find)) ?? { keyword: piece, tag: await find(piece) })
  }
  return { parts, also }
}

/** `HashAWithBWithC`; undefined for anything else. Keywords may themselves have `With` in them. */
async function hashOf(
  text: string,
  find: (keyword: string) => Promise<Tag | undefined>,
): Promise<Readonly<{ hash: readonly Tag[] }> | undefined> {
  const [, listed] = /^Hash(\w+With\w+)$/.exec(text) ?? []
  if (listed === undefined) return undefined
  const tags = await Promise.all(listed.split('With').map(find))
  return tags.includes(undefined) ? undefined : { hash: tags.flatMap((tag) => tag ?? []) }
}

/** The name of a file with this header: what the template makes of it, with plain signs alone and an ending. */
export function fileName({ parts }: FileTemplate, header: DicomHeader): string {
  const text = (tag: Tag): string => header.values.get(tag)?.join('\\') ?? ''
  const pieces = parts.map((part) => {
    if (typeof part === 'string') return part
    if ('hash' in part) return listHash(part.hash.map(text))
    return (part.tag && text(part.tag)) || `no-value-for-${part.keyword}`
  })
  const name = pieces
    .join('')
    .trim()
    .replaceAll(/[^A-Za-z0-9_.-]/g, '_')
    .replace(/^\.+/, '')
  return /\.[A-Za-z]\w{0,9}$/.test(name) ? name : `${name}.dcm`
}

/** The hash of a list of texts as Java makes it, 32 bits without sign to the base of 36. */
export function listHash(texts: readonly string[]): string {
  const hash = texts.reduce((sum, text) => (Math.imul(31, sum) + textHash(text)) | 0, 1)
  return (hash >>> 0).toString(36)
}

function textHash(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at += 1) hash = (Math.imul(31, hash) + text.charCodeAt(at)) | 0
  return hash
}
