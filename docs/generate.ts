import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Operation, Parameter, Route } from '../src/http/call.ts'
import { mergedRoutes, pageSlug, pageTitle } from '../src/http/openapi.ts'
import { allRoutes } from '../src/http/routes/all.ts'
import { type DataType, isChild, type Member } from '../src/model/dictionary.ts'
import { standardDictionary } from '../src/model/types/all.ts'
import { releaseOf, type Scenario, scenarios } from '../test/clients/scenarios.ts'

/**
 * The documents that are made from the program: `node docs/generate.ts` writes them, `test/docs.test.ts` fails when
 * one is not what it would write.
 */
export function generatedDocuments(): ReadonlyMap<string, string> {
  const pages = [...new Set(allRoutes.map(({ page }) => page))]
  return new Map([
    ['docs/data-types.md', dataTypes()],
    ['docs/clients.md', clientsPage()],
    ['docs/api/README.md', apiContents(pages)],
    ...pages.map((page) => [`docs/api/${pageSlug(page)}.md`, apiPage(page)] as const),
  ])
}

const root = fileURLToPath(new URL('../', import.meta.url))
/** What stands above this line in a page of the API is written by hand and kept. */
const MARK = '<!-- What follows is generated from the routes: change them, then run npm run docs -->'

function textOf(path: string): string | undefined {
  try {
    return readFileSync(root + path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}

function apiPage(page: string): string {
  const known = textOf(`docs/api/${pageSlug(page)}.md`)
  const prose = known?.split(MARK)[0]?.trimEnd() ?? `# ${pageTitle(page)}`
  const places = mergedRoutes(allRoutes.filter((route) => route.page === page)).map(placeText)
  return `${prose}\n\n${MARK}\n\n${places.join('\n')}`
}

const CLIENTS_MARK =
  '<!-- What follows is generated from test/clients/scenarios.ts: change it, then run npm run docs -->'

/** What each client is made to do, after the prose, which is written by hand. */
function clientsPage(): string {
  const prose = textOf('docs/clients.md')?.split(CLIENTS_MARK)[0]?.trimEnd() ?? '# Clients'
  const rows = [...Map.groupBy(scenarios, ({ client, says }) => `${client} ${says}`).values()].map(scenarioRow)
  const table = ['| Client | Releases | What it does |', '|---|---|---|', ...rows]
  return `${prose}\n\n${CLIENTS_MARK}\n\n## What is tested\n\n${table.join('\n')}\n`
}

function scenarioRow(same: readonly Scenario[]): string {
  const [first] = same
  return `| ${first?.client} | ${same.map(releaseOf).join(', ')} | ${cell(first?.says ?? '')} |`
}

function apiContents(pages: readonly string[]): string {
  const lines = pages.map((page) => {
    const count = allRoutes.filter((route) => route.page === page).length
    return `- [${pageTitle(page)}](${pageSlug(page)}.md): ${count} ${count === 1 ? 'place' : 'places'}`
  })
  const known = textOf('docs/api/README.md')
  const prose = known?.split(MARK)[0]?.trimEnd() ?? '# REST API'
  return `${prose}\n\n${MARK}\n\n${lines.join('\n')}\n`
}

const braces = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}').replace(/\*$/, '{rest}')

function placeText(route: Route): string {
  const [first = '', ...others] = route.paths.map(braces)
  const spellings = others.length === 0 ? [] : ['Also:', '', ...others.map((path) => `- \`${path}\``), '']
  const operations = (['GET', 'PUT', 'POST', 'DELETE'] as const).flatMap((method) => {
    const operation = route[method]
    return operation
      ? [`| ${method} | ${cell(operation.says)} | ${mediaText(operation)} | ${statusText(operation)} |`]
      : []
  })
  return [
    `## \`${first}\``,
    '',
    ...(route.open ? ['Answered without a sign-in.', ''] : []),
    ...spellings,
    '| Method | | Media types | Besides 200 |',
    '|---|---|---|---|',
    ...operations,
    '',
    ...parameterTable(route),
  ].join('\n')
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function mediaText({ takes, gives }: Operation): string {
  const given = (gives ?? ['application/json']).map((type) => `\`${type}\``).join(', ')
  return takes ? `takes ${takes.map((type) => `\`${type}\``).join(', ')}; gives ${given}` : given
}

const statusText = ({ statuses }: Operation): string =>
  Object.entries(statuses ?? {})
    .map(([status, meaning]) => `${status}: ${cell(meaning)}`)
    .join('; ')

function parameterTable(route: Route): readonly string[] {
  const all = (['GET', 'PUT', 'POST', 'DELETE'] as const).flatMap((method) =>
    (route[method]?.parameters ?? []).map((parameter) => ({ method, parameter })),
  )
  const byName = Map.groupBy(all, ({ parameter }) => `${parameter.in} ${parameter.name}`)
  const rows = [...byName.values()].map((uses) =>
    parameterRow(
      uses.map(({ method }) => method),
      uses[0]!.parameter,
    ),
  )
  return rows.length === 0 ? [] : ['| Parameter | With | |', '|---|---|---|', ...rows, '']
}

function parameterRow(methods: readonly string[], { name, in: place, says, values }: Parameter): string {
  const shown = place === 'query' ? `?${name}=` : name === '*' ? '{rest}' : `{${name}}`
  const choice = values ? ` (${values.map((value) => `\`${value}\``).join(', ')})` : ''
  return `| \`${shown}\` | ${[...new Set(methods)].join(', ')} | ${cell(says)}${choice} |`
}

function dataTypes(): string {
  const types = [...standardDictionary().types.values()]
  return `# Data types

What records can be, and the fields that each type adds to the one it derives from. Generated from \`src/model/types/\`: change the types,
then run \`npm run docs\`. Paths are XML paths below the type, as columns, filters and parameters name them: \`parameters/tr\` of
\`xnat:mrScanData\` is \`xnat:mrScanData/parameters/tr\`. A type without a root element has no document of its own.

${types.length} types, ${types.reduce((sum, type) => sum + ownMembers(type).length, 0)} fields.

${types.map(typeText).join('\n')}`
}

const ownMembers = (type: DataType): readonly Member[] =>
  [...type.members.values()].filter((member) => member.declaredBy === type.name)

function typeText(type: DataType): string {
  const [, parent] = type.lineage
  const facts = [
    ...(type.root ? [`root element \`${type.prefix}:${type.root}\``] : []),
    ...(parent ? [`derives from [\`${parent}\`](#${anchor(parent)})`] : []),
    ...(type.abstract ? ['abstract'] : []),
    ...(type.key ? [`key \`${type.key}\``] : []),
  ]
  const members = ownMembers(type)
  const table = ['| Path | Kind | |', '|---|---|---|', ...members.map(memberRow), '']
  return [
    `## ${type.name}`,
    '',
    facts.length > 0 ? `${sentence(facts.join('; '))}.` : 'A part of others.',
    '',
    ...(members.length > 0 ? table : []),
  ].join('\n')
}

const anchor = (name: string): string => name.toLowerCase().replaceAll(/[^\w-]/g, '')

const sentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

function memberRow(member: Member): string {
  if (isChild(member)) {
    const many = member.many ? 'any number of' : 'one'
    return `| \`${member.path}\` | ${many} [\`${member.child}\`](#${anchor(member.child)}) | ${member.rows ? `the ${member.rows} of the record` : ''} |`
  }
  const notes = [
    ...(member.label ? [member.label] : []),
    ...(member.unit ? [`in ${member.unit}`] : []),
    ...(member.attribute ? ['attribute'] : []),
    ...(member.required ? ['required'] : []),
    ...(member.readonly ? ['set by the archive'] : []),
    ...(member.values ? [`one of ${member.values.map((value) => `\`${value}\``).join(', ')}`] : []),
    ...(member.max ? [`at most ${member.max} characters`] : []),
    ...(member.min !== undefined ? [`at least ${member.min}`] : []),
    ...(member.dicom ? [`from DICOM (${member.dicom.slice(0, 4)},${member.dicom.slice(4)})`] : []),
  ]
  return `| \`${member.path}\` | ${member.kind} | ${cell(notes.join('; '))} |`
}

if (import.meta.main) for (const [path, text] of generatedDocuments()) writeFileSync(root + path, text)
