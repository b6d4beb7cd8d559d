import { escapeHtml } from '../formats/html-text.ts'
import type { Parameter, Route } from './call.ts'
import { type Entry, entriesOf, mergedRoutes, pageSlug, pageTitle } from './openapi.ts'

/** The description of all routes as the body of a page for people, one section per page of the API. */
export function apiPageBody(routes: readonly Route[], version: string): string {
  const pages = [...new Set(routes.map(({ page }) => page))]
  const links = pages.map((page) => `<a href="#${pageSlug(page)}">${escapeHtml(pageTitle(page))}</a>`)
  return `<style>${style}</style>
<header><span>Isocenter ${escapeHtml(version)}</span><a href="/">Home</a></header>
<main><h1>REST API</h1>
<p>What this server answers at, in the dialect of the XNAT REST API. The same for programs:
<a href="/openapi.json">openapi.json</a> (OpenAPI 3.1). <code>/REST</code> and <code>/data/archive</code> are other
spellings of <code>/data</code>; HEAD follows GET; <code>format=json</code>, <code>xml</code>, <code>csv</code> or
<code>html</code> picks the representation where several are named.</p>
<nav>${links.join(' ')}</nav>
${pages.map((page) => section(page, routes)).join('\n')}
</main>`
}

const style = `main{max-width:70rem}nav a{margin-right:.75rem}section{border-top:1px solid #d5dde4;margin-top:1.5rem}
article{margin:1.25rem 0}h3{font-size:1rem;margin:0}code{font-size:.9rem;overflow-wrap:anywhere}
.method{display:inline-block;min-width:4.5rem;font-weight:600;color:#123a5a}ul{margin:.25rem 0;padding-left:4.5rem;list-style:none}
table{border-collapse:collapse;margin:.4rem 0 0 4.5rem;font-size:.9rem}td{padding:.1rem .9rem .1rem 0;vertical-align:top}
td:first-child{white-space:nowrap}p.types{margin:.2rem 0 0 4.5rem;font-size:.9rem;color:#51616f}
@media(max-width:40rem){ul{padding:0}table,p.types{margin-left:0}}`

function section(page: string, routes: readonly Route[]): string {
  const articles = mergedRoutes(routes.filter((route) => route.page === page)).flatMap(articlesOf)
  return `<section id="${pageSlug(page)}"><h2>${escapeHtml(pageTitle(page))}</h2>\n${articles.join('\n')}</section>`
}

/** Spellings of one place share one article per method. */
function articlesOf(route: Route): readonly string[] {
  const byMethod = Map.groupBy(entriesOf([route]), ({ method }) => method)
  return [...byMethod.values()].map(article)
}

function article(entries: readonly Entry[]): string {
  const { operation, method, open } = entries[0]!
  const paths = entries.map(
    ({ path }) => `<li><span class="method">${method}</span><code>${escapeHtml(path)}</code></li>`,
  )
  const types = [
    operation.takes ? `takes ${operation.takes.join(', ')}` : '',
    `gives ${(operation.gives ?? ['application/json']).join(', ')}`,
    open ? 'no sign-in' : '',
  ].filter((part) => part !== '')
  const statuses = Object.entries(operation.statuses ?? {}).map(([status, says]) => row(status, says))
  return `<article><h3>${escapeHtml(operation.says)}</h3><ul>${paths.join('')}</ul>
<p class="types">${escapeHtml(types.join('; '))}</p>${table((operation.parameters ?? []).map(parameterRow))}${table(statuses)}</article>`
}

const table = (rows: readonly string[]): string => (rows.length === 0 ? '' : `<table>${rows.join('')}</table>`)

const row = (name: string, says: string): string =>
  `<tr><td><code>${escapeHtml(name)}</code></td><td>${escapeHtml(says)}</td></tr>`

function parameterRow({ name, in: place, says, values }: Parameter): string {
  const choice = values ? `: ${values.join(', ')}` : ''
  return row(place === 'query' ? `?${name}=` : name === '*' ? '{rest}' : `{${name}}`, `${says}${choice}`)
}
