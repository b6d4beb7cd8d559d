import { type Child, type DataType, type Dictionary, type Field, isChild } from '../model/dictionary.ts'
import type { Item } from '../model/item.ts'
import { cellText } from '../model/values.ts'
import { typeNamed } from './element-plan.ts'
import { escapeHtml } from './html-text.ts'
import { shownFields } from './item-fields.ts'

export type ItemPage = Readonly<{
  /** Address of the record without host and server root, e.g. `/data/experiments/E/scans/1`. */
  path: string
  /** Path that the server is mounted under; empty at the root. */
  serverRoot?: string
  /** Collections below the record to link to, e.g. `subjects`; by default those that its type declares. */
  lists?: readonly string[]
  /** Shown above the fields; addresses without host and server root. */
  pictures?: readonly ShownPicture[]
}>

/** A picture, what it shows in words, and where it leads. */
export type ShownPicture = Readonly<{ src: string; href: string; says: string }>

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; }
h1 + p { margin-top: 0; opacity: 0.7; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
nav a { margin-right: 1rem; }
section { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: 0.25rem 0.75rem 0.25rem 0; text-align: left; vertical-align: top; }
tbody th { font-weight: normal; opacity: 0.7; width: 20rem; }
td { overflow-wrap: anywhere; white-space: pre-line; }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; }
figure { margin: 0; width: min-content; }
figure img { background: #000; display: block; max-height: 32rem; max-width: min(90vw, 32rem); min-width: 6rem; }
figcaption { font-size: 0.85rem; opacity: 0.7; overflow-wrap: anywhere; }
`

/** A page that shows every field of a record, and what lies below it as tables with links (scans 3.5). */
export function itemToHtml(dictionary: Dictionary, item: Item, page: ItemPage): string {
  const type = typeNamed(dictionary, item.type)
  const title = escapeHtml(`${type.root ?? type.local} Details`)
  const name = escapeHtml(String(item.fields['label'] ?? item.fields['ID'] ?? ''))
  const children = [...type.members.values()].filter(isChild)
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<h1>${title}</h1>
<p>${name}</p>
${listLinks(children, page)}${shownPictures(page)}${fieldTable(dictionary, type, item)}${children.map((child) => childTable(dictionary, child, item, page)).join('')}</body>
</html>
`
}

function listLinks(children: readonly Child[], page: ItemPage): string {
  const lists = page.lists ?? [...new Set(children.flatMap(({ rows }) => (rows && rows in rowLinks ? [rows] : [])))]
  if (lists.length === 0) return ''
  const links = lists.map((list) => link(`${addressOf(page)}/${list}?format=html`, list))
  return `<nav>${links.join('\n')}</nav>\n`
}

/** Only those are loaded that somebody sees. */
function shownPictures({ pictures = [], serverRoot = '' }: ItemPage): string {
  if (pictures.length === 0) return ''
  const figures = pictures.map(({ src, href, says }) => {
    const image = `<img src="${escapeHtml(serverRoot + src)}" alt="${escapeHtml(says)}" loading="lazy">`
    return `<figure><a href="${escapeHtml(serverRoot + href)}">${image}</a><figcaption>${escapeHtml(says)}</figcaption></figure>`
  })
  return `<section class="pictures">\n${figures.join('\n')}\n</section>\n`
}

function fieldTable(dictionary: Dictionary, type: DataType, item: Item): string {
  const values = new Map(shownFields(dictionary, type, item).map((shown) => [shown.path, textOf(shown)]))
  const fields = [...type.members.values()].filter((member): member is Field => !isChild(member))
  const paths = new Set([...values.keys(), ...fields.map((field) => field.path)])
  const rows = Array.from(paths, (path) => {
    return `<tr><th scope="row">${escapeHtml(path)}</th><td>${escapeHtml(values.get(path) ?? '')}</td></tr>\n`
  })
  return `<section><table>\n<tbody>\n${rows.join('')}</tbody>\n</table></section>\n`
}

function childTable(dictionary: Dictionary, child: Child, item: Item, page: ItemPage): string {
  const children = item.children[child.path] ?? []
  if (children.length === 0) return ''
  const shown = children.map((one) => {
    const fields = shownFields(dictionary, typeNamed(dictionary, one.type), one)
    return new Map(fields.map((field) => [field.path, textOf(field)]))
  })
  const paths = [...new Set(shown.flatMap((values) => [...values.keys()]))]
  const heads = ['', 'xsi:type', ...paths].map((path) => `<th scope="col">${escapeHtml(path)}</th>`)
  const rows = children.map((one, at) => {
    const cells = paths.map((path) => `<td>${escapeHtml(shown[at]?.get(path) ?? '')}</td>`)
    return `<tr><td>${rowLink(child, one, page)}</td><td>${escapeHtml(one.type)}</td>${cells.join('')}</tr>\n`
  })
  const table = `<table>\n<thead><tr>${heads.join('')}</tr></thead>\n<tbody>\n${rows.join('')}</tbody>\n</table>`
  return `<section><h2>${escapeHtml(child.path)}</h2>\n${table}</section>\n`
}

/** Address of one row of each kind, below the record of the page or by its own identifier. */
const rowLinks: Readonly<Record<string, (below: string, root: string, item: Item) => string>> = {
  scans: (below, _root, item) => `${below}/scans/${segment(item.fields['ID'])}`,
  reconstructions: (below, _root, item) => `${below}/reconstructions/${segment(item.fields['ID'])}`,
  assessors: (_below, root, item) => `${root}/data/experiments/${segment(item.fields['ID'])}`,
  experiments: (_below, root, item) => `${root}/data/experiments/${segment(item.fields['ID'])}`,
  resources: (below, _root, item) => `${below}/resources/${segment(item.id ?? item.fields['label'])}/files?format=html`,
}

function rowLink(child: Child, item: Item, page: ItemPage): string {
  const address = child.rows ? rowLinks[child.rows] : undefined
  return address ? link(address(addressOf(page), page.serverRoot ?? '', item), 'open') : ''
}

const addressOf = (page: ItemPage): string => `${page.serverRoot ?? ''}${page.path}`

const segment = (value: Item['fields'][string] | undefined): string => encodeURIComponent(String(value ?? ''))

const link = (href: string, text: string): string => `<a href="${escapeHtml(href)}">${escapeHtml(text)}</a>`

const textOf = ({ kind, value }: ReturnType<typeof shownFields>[number]): string => cellText(kind, value)
