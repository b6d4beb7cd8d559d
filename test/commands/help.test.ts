import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { helpText } from '../../src/commands/help.ts'
import { preferences } from '../../src/site/preferences.ts'
import { program } from './program.ts'

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
const env = process.env as Record<string, string>
const names = (text: string) => [...new Set(text.match(/\bISOCENTER_[A-Z_]+[A-Z]\b/g))].sort()

describe('the command line', () => {
  it('explains itself', async () => {
    const { code, out } = await program(['--help'], env)
    assert.equal(code, 0)
    assert.match(out, /isocenter serve/)
    assert.match(out, /isocenter user passwd LOGIN/)
  })

  it('says its version', async () => {
    const { version } = JSON.parse(await read('package.json'))
    assert.deepEqual(await program(['--version'], env), { code: 0, out: `${version}\n`, err: '' })
  })

  for (const words of [[], ['bogus'], ['serve', 'now'], ['user'], ['user', 'add'], ['user', 'add', 'a', '--bogus']]) {
    it(`answers "${words.join(' ')}" with 2 and points to the help`, async () => {
      const { code, out, err } = await program(words, env)
      assert.equal(code, 2)
      assert.equal(out, '')
      assert.match(err, /isocenter --help/)
    })
  }

  it('knows the settings that the page about them explains', async () => {
    const page = names(await read('docs/settings.md'))
    assert.deepEqual(names(helpText), page)
    const used = names(await read('src/config.ts')).filter((name) => name !== 'ISOCENTER_ARCHIVE_MAX')
    for (const name of used) assert.ok(page.includes(name), name)
  })

  it('has every site setting on that page, with its default', async () => {
    const page = await read('docs/settings.md')
    for (const [name, { default: value }] of Object.entries(preferences)) {
      assert.ok(page.includes(`| \`${name}\` | ${value === '' ? '' : `\`${value}\``}`), `${name}, by default ${value}`)
    }
  })
})
