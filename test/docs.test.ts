import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, it } from 'node:test'
import { generatedDocuments } from '../docs/generate.ts'
import { faultAnswer } from '../src/http/error-reply.ts'
import { projectRoot } from './support/root.ts'

const textOf = (path: string): string => readFileSync(projectRoot + path, 'utf8')

describe('generated documents', () => {
  for (const [path, text] of generatedDocuments()) {
    it(`${path} is current (npm run docs)`, () => {
      assert.ok(existsSync(projectRoot + path) && textOf(path) === text, `npm run docs writes another ${path}`)
    })
  }

  it('has no page of the API whose routes are gone', () => {
    const made = new Set(generatedDocuments().keys())
    const pages = readdirSync(`${projectRoot}docs/api`).map((name) => `docs/api/${name}`)
    assert.deepEqual(
      pages.filter((page) => !made.has(page)),
      [],
    )
  })
})

describe('docs/errors.md', () => {
  const entries = new Map(
    [...textOf('docs/errors.md').matchAll(/^## ([\w-]+) \((\d{3})\)$/gm)].map(([, kind = '', status]) => [
      kind,
      status,
    ]),
  )
  const [, union = ''] = textOf('src/errors.ts').split('export type Fault =')
  const kinds = [...union.matchAll(/\| \{ kind: '([\w-]+)'/g)].map((match) => match[1] ?? '')

  it('has an entry for every kind of Fault, and no other', () => {
    assert.ok(kinds.length >= 12)
    assert.deepEqual([...entries.keys()].sort(), [...kinds].sort())
  })

  it('names the status that each becomes', () => {
    for (const kind of kinds) {
      const fault = { kind, noun: 'file', name: 'a', field: 'a', what: 'a', because: 'a' } as Parameters<
        typeof faultAnswer
      >[0]
      assert.equal(entries.get(kind), String(faultAnswer(fault, '/data').status), kind)
    }
  })
})

describe('documents', () => {
  const documents = [...markdownBelow('.'), ...markdownBelow('docs'), ...markdownBelow('changes')]

  it('link only to what is there', () => {
    const broken = documents.flatMap((path) =>
      [...withoutCode(textOf(path)).matchAll(/\]\(([^)\s]+)\)/g)]
        .map((match) => match[1] ?? '')
        .filter((target) => !/^(https?:|#)/.test(target) && !isThere(path, target))
        .map((target) => `${path} → ${target}`),
    )
    assert.deepEqual(broken, [])
  })

  it('are all reached from the README', () => {
    const seen = new Set(['README.md'])
    for (const path of seen)
      for (const [, target = ''] of withoutCode(textOf(path)).matchAll(/\]\(([^)\s#]+)/g)) {
        const found = relative(projectRoot, join(projectRoot, dirname(path), target))
        if (/^https?:/.test(target) || !existsSync(projectRoot + found)) continue
        for (const each of found.endsWith('.md') ? [found] : target.endsWith('/') ? markdownBelow(found) : [])
          seen.add(each)
      }
    assert.deepEqual(
      documents.filter((path) => !seen.has(path)),
      [],
    )
  })
})

/** Markdown files of a folder and, but for the project's own, of the folders in it. */
function markdownBelow(folder: string): readonly string[] {
  if (!existsSync(projectRoot + folder)) return []
  const options = { recursive: folder !== '.', withFileTypes: true } as const
  return readdirSync(projectRoot + folder, options)
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(projectRoot, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, (code) => (/\]\(/.test(code) ? '' : code))
}

function isThere(from: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? from : relative(projectRoot, join(projectRoot, dirname(from), path))
  if (!existsSync(projectRoot + file)) return false
  if (!anchor) return true
  const headings = [...textOf(file).matchAll(/^#+ (.*)$/gm)].map((match) => anchorOf(match[1] ?? ''))
  return headings.includes(anchor)
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}
