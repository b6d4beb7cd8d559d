import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { projectRoot } from './support/root.ts'
import { readSources, type Source } from './support/sources.ts'

const MAX_FILE_LINES = 300
const MAX_MEDIAN_FILE_LINES = 100
const MAX_FUNCTION_LINES = 50
const MAX_MEDIAN_FUNCTION_LINES = 10
const MAX_PARAMETERS = 4
/** Tables of declarations, which may be as long as what they declare. */
const declaredTables = /^src\/model\/types\//
const forbiddenWords = new Set(
  'service manager helper util common base impl factory handler processor context'.split(' ').flatMap(withPlural),
)

const all = readSources('src', 'test', 'bench')
const house = all.filter(({ path }) => path.startsWith('src/'))
const page = readFileSync(`${projectRoot}docs/house.md`, 'utf8')
const mayImport = importTable(page)

describe('the house', () => {
  it('has only rooms that docs/house.md knows', () => {
    const rooms = new Set(house.map(({ path }) => roomOf(path)))
    none([...rooms].filter((room) => !mayImport.has(room)))
  })

  it('imports between rooms only as the table of docs/house.md allows, types included', () => {
    none(
      crossings(house)
        .filter(({ from, to }) => !mayImport.get(from)?.(to))
        .map(({ line }) => line),
    )
  })

  it('never leaves its own folder', () => {
    none(house.flatMap(({ path, imports }) => imports.filter((each) => !inSrc(each.path)).map(arrowFrom(path))))
  })

  it('has no circles', () => none(circles(house)))

  it('has no barrels', () => {
    none(house.filter(({ path, barrel }) => barrel || /\/index\.ts$/.test(path)).map(({ path }) => path))
  })

  it('lets http call operations, not the catalog or the blobs', () => {
    const held = /\barchive\)?[?!]?\.(db|blobs)\b/
    none(
      house
        .filter(({ path }) => roomOf(path) === 'http')
        .flatMap(({ path, reads, taken }) => [
          ...reads.filter((read) => held.test(read)).map((read) => `${path} reads ${read}`),
          ...taken.filter((name) => name === 'db' || name === 'blobs').map((name) => `${path} takes ${name}`),
        ]),
    )
  })

  it('decides in the archive what anybody may do, and changes nothing but by its operations', () => {
    const inner = new Set(['change', 'forbid', 'mayInProject', 'entitled'])
    none(
      house
        .filter(({ path }) => roomOf(path) === 'http')
        .flatMap(({ path, imports }) =>
          imports
            .filter((to) => roomOf(to.path) === 'archive')
            .flatMap(({ names }) => names.filter((name) => inner.has(name)).map((name) => `${path} imports ${name}`)),
        ),
    )
  })

  it('has files of routes that only the list of all routes imports', () => {
    const pages = new Set(house.filter(isPage).map(({ path }) => path))
    none(
      house
        .filter(({ path }) => path !== 'src/http/routes/all.ts')
        .flatMap(({ path, imports }) => imports.filter((each) => pages.has(each.path)).map(arrowFrom(path))),
    )
  })

  it('names things of the domain', () => {
    none(
      all.flatMap(({ path, exported }) => [
        ...(path.startsWith('src/') ? badWords(path, path) : []),
        ...exported.flatMap((name) => badWords(name, path)),
      ]),
    )
  })
})

describe('sizes', () => {
  it('has files of at most 300 lines, declared tables excepted', () => {
    none(
      all
        .filter(({ path, lines }) => lines > MAX_FILE_LINES && !declaredTables.test(path))
        .map(({ path, lines }) => `${path} has ${lines} lines`),
    )
  })

  it('has functions of at most 50 lines', () => {
    none(functions(house, ({ lines }) => lines > MAX_FUNCTION_LINES))
  })

  it('has functions of at most 4 parameters', () => {
    none(functions(house, ({ parameters }) => parameters > MAX_PARAMETERS))
  })

  it('is small in the median', () => {
    const lines = median(house.map((source) => source.lines))
    assert.ok(lines <= MAX_MEDIAN_FILE_LINES, `the median file has ${lines} lines`)
    const each = median(house.flatMap((source) => source.functions.map((one) => one.lines)))
    assert.ok(each <= MAX_MEDIAN_FUNCTION_LINES, `the median function has ${each} lines`)
  })
})

describe('dependencies', () => {
  const manifest = JSON.parse(readFileSync(`${projectRoot}package.json`, 'utf8')) as Manifest
  const nameOf = (specifier: string) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const imported = (sources: readonly Source[]) =>
    new Set(sources.flatMap(({ packages }) => packages.filter((each) => !each.startsWith('node:')).map(nameOf)))

  it('are declared where they are imported', () => {
    const { dependencies, devDependencies } = manifest
    none([...imported(house)].filter((name) => !(name in dependencies)))
    none([...imported(all)].filter((name) => !(name in dependencies) && !(name in devDependencies)))
  })

  it('are imported where they are declared', () => {
    const used = imported(house)
    none(Object.keys(manifest.dependencies).filter((name) => !used.has(name)))
  })
})

describe('docs/house.md', () => {
  it('names only files that exist', () => {
    const known = new Set([...all.map(({ path }) => path), ...foldersOf(all)])
    const rooms = new Set(readdirSync(`${projectRoot}src`).map((name) => name.replace(/\.ts$/, '')))
    const named = [...page.matchAll(/`((?:[\w-]+\/)*[\w-]+(?:\.ts|\/))`/g)].map((match) => match[1]!)
    const places = (name: string) => [name, `src/${name}`, ...[...rooms].map((room) => `src/${room}/${name}`)]
    none(named.filter((name) => !places(name).some((place) => known.has(place))))
  })
})

type Manifest = Readonly<{ dependencies: Record<string, string>; devDependencies: Record<string, string> }>

/** Fails with one line per offence. */
function none(offences: readonly string[]): void {
  assert.ok(offences.length === 0, `\n  ${offences.join('\n  ')}`)
}

/** The second table of the page: room to "may it import that one?". */
function importTable(text: string): ReadonlyMap<string, (room: string) => boolean> {
  const [, section = ''] = text.split('## Who may import whom')
  const rows = [...section.matchAll(/^\| ([a-z · ]+) \| ([a-z, ]+) \|$/gm)]
  return new Map(
    rows.flatMap(([, rooms = '', list = '']) => {
      const [, except] = /^anything but (\w+)$/.exec(list) ?? []
      const allowed = new Set(list.split(', '))
      const may = except ? (room: string) => room !== except : (room: string) => allowed.has(room)
      return rooms.split(' · ').map((room) => [room, may] as const)
    }),
  )
}

function roomOf(path: string): string {
  const [, first = ''] = path.split('/')
  return first.replace(/\.ts$/, '')
}

function inSrc(path: string): boolean {
  return path.startsWith('src/')
}

function arrowFrom(path: string): (to: { path: string }) => string {
  return (to) => `${path} → ${to.path}`
}

function crossings(sources: readonly Source[]): readonly { from: string; to: string; line: string }[] {
  return sources.flatMap(({ path, imports }) =>
    imports
      .map((to) => ({ from: roomOf(path), to: roomOf(to.path), line: arrowFrom(path)(to) }))
      .filter(({ from, to }) => from !== to),
  )
}

/** One line per file that can come back to itself, with the way. */
function circles(sources: readonly Source[]): readonly string[] {
  const next = new Map(sources.map(({ path, imports }) => [path, imports.map((to) => to.path)]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    const before = way.indexOf(path)
    if (before >= 0) return void found.push([...way.slice(before), path].join(' → '))
    if (done.has(path)) return
    for (const to of next.get(path) ?? []) visit(to, [...way, path])
    done.add(path)
  }
  for (const path of next.keys()) visit(path, [])
  return found
}

/** A file of routes exports a list whose name ends so. */
function isPage({ path, exported }: Source): boolean {
  return /^src\/http\/routes\/(?!all\.)/.test(path) && exported.some((name) => /Routes$/.test(name))
}

function badWords(name: string, path: string): readonly string[] {
  const words = name.replace(/\.ts$/, '').split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/)
  const bad = words.filter((word) => forbiddenWords.has(word.toLowerCase()))
  const alone = name.split('/').at(-1)?.replace(/\.ts$/, '').toLowerCase() === 'data' ? ['data'] : []
  return [...bad, ...alone].map((word) => `${path}: "${word}" in ${name}`)
}

function withPlural(word: string): readonly string[] {
  return [word, `${word}s`]
}

type Measure = Source['functions'][number]

function functions(sources: readonly Source[], tooMuch: (one: Measure) => boolean): readonly string[] {
  return sources.flatMap(({ path, functions: list }) =>
    list
      .filter(tooMuch)
      .map(({ name, line, lines, parameters }) => `${path}:${line} ${name}: ${lines} lines, ${parameters} parameters`),
  )
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

function foldersOf(sources: readonly Source[]): ReadonlySet<string> {
  return new Set(
    sources.flatMap(({ path }) => {
      const steps = path.split('/').slice(0, -1)
      return steps.map((_, at) => `${steps.slice(0, at + 1).join('/')}/`)
    }),
  )
}
