import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { helpText } from '../src/commands/help.ts'
import { readConfig } from '../src/config.ts'
import { type Running, serving, settingsOf } from './commands/program.ts'
import { readZip } from './support/archives.ts'
import { instance } from './support/dicom.ts'
import { bash, blocksIn, sectionOf, withValues } from './support/markdown.ts'

const PASSWORD = 'a password for the tour'

describe('the tour of the README', () => {
  let folder: string
  let server: Running
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isocenter-tour-'))
    await writeFile(join(folder, 'brain.dcm'), instance())
    const place = { folder: join(folder, 'data') }
    server = await serving(settingsOf(place, { ISOCENTER_ADMIN_PASSWORD: PASSWORD }))
  })
  after(async () => {
    server.signal('SIGTERM')
    await server.ended
    await rm(folder, { recursive: true, force: true })
  })

  it('prints what the README shows', async () => {
    const steps = stepsOf(sectionOf('README.md', 'Five minutes with curl'))
    assert.ok(steps.filter(({ shows }) => shows !== '').length >= 7)
    const values = { SITE: server.url, PASSWORD, FILE: join(folder, 'brain.dcm') }
    // The steps share their variables, so that they run as one script; a mark on a line of its own ends each one's output.
    const script = steps.map(({ run }) => `${withValues(run, values)}\necho; echo '${MARK}'`).join('\n')
    const printed = (await bash(script, folder)).split(`${MARK}\n`).map((part) => part.trim())
    for (const [number, { run, shows }] of steps.entries()) assert.equal(printed[number], shows, run)
  })

  it('leaves a zip with the file in it', async () => {
    const found = await readZip(await readFile(join(folder, 'scan.zip')))
    assert.deepEqual(
      found.map(({ name, bytes }) => ({ name, same: bytes.equals(instance()) })),
      [{ name: 'MR01/scans/1-T1w/resources/DICOM/files/brain.dcm', same: true }],
    )
  })
})

describe('the settings of the README', () => {
  const rows = [...sectionOf('README.md', 'Settings').matchAll(/^\| `(ISOCENTER_\w+)` \| `?([^`|]*?)`? \|/gm)]

  it('are those that the help names, in its order', () => {
    const named = [...helpText.matchAll(/^ {2}(ISOCENTER_\w+)/gm)].map((match) => match[1])
    assert.deepEqual(
      rows.map((row) => row[1]),
      named,
    )
  })

  it('have the defaults that it shows', () => {
    const shown = rows.flatMap(([, name = '', value = '']) =>
      /^(|SQLite|generated|no bound|none|as requested|as ISOCENTER_HOST)$/.test(value) ? [] : [[name, value]],
    )
    assert.ok(shown.length >= 10)
    assert.deepEqual(readConfig(Object.fromEntries(shown)), readConfig({}))
  })
})

const MARK = '-- end of step --'

type Step = Readonly<{ run: string; shows: string }>

/** The shell blocks, each with the block that shows what it prints, where one follows before the next. */
function stepsOf(text: string): readonly Step[] {
  const steps: Step[] = []
  for (const { language, content } of blocksIn(text)) {
    if (language === 'sh') steps.push({ run: content, shows: '' })
    else steps.push({ ...steps.pop()!, shows: content.trim() })
  }
  return steps
}
