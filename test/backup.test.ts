import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Running, serving, settingsOf } from './commands/program.ts'
import { type Caller, callerOf } from './support/caller.ts'
import { bash, blocksIn, sectionOf, withValues } from './support/markdown.ts'

const PASSWORD = 'kept in the backup'
const FILES = '/data/projects/P/resources/R/files'

describe('the backup of docs/operating.md', () => {
  let folder: string
  let values: Readonly<Record<string, string>>
  let server: Running
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isocenter-backup-'))
    const places = { DATA: join(folder, 'data'), BACKUP: join(folder, 'backup'), RESTORED: join(folder, 'restored') }
    values = { ...places, NODE: process.execPath }
    server = await serving(settingsOf({ folder: places.DATA }, { ISOCENTER_ADMIN_PASSWORD: PASSWORD }))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('taken while somebody uploads, and restored, has every file that was there before, whole', async () => {
    const admin = callerOf(server.url, 'admin', PASSWORD)
    await admin('PUT', '/data/projects/P')
    for (let number = 0; number < 20; number++) await upload(admin, `before-${number}`)
    const goesOn = { value: true }
    const others = uploadOn(admin, goesOn)
    const [backup, check] = blocksOf('Backup')
    const [restore] = blocksOf('Restore')
    assert.match(await bash(withValues(`${backup}\n${check}`, values), folder), /^all blobs are whole$/m)
    goesOn.value = false
    assert.ok((await others) > 0)
    await stopped(server)
    await bash(withValues(`BACKUP=\n${restore}`, values), folder)
    await assertRestored()
  })

  it('copies only what is new the next time', async () => {
    const [backup] = blocksOf('Backup')
    const earlier = (await readdir(join(values['BACKUP']!, 'blobs'), { recursive: true })).length
    await bash(withValues(backup!, values), folder)
    const later = (await readdir(join(values['BACKUP']!, 'blobs'), { recursive: true })).length
    assert.ok(later > earlier)
  })

  async function assertRestored(): Promise<void> {
    const restored = await serving(settingsOf({ folder: values['RESTORED']! }))
    const admin = callerOf(restored.url, 'admin', PASSWORD)
    const rows = (await admin('GET', FILES)).rows()
    const names = new Set(rows.map((row) => row['Name']))
    for (let number = 0; number < 20; number++) assert.ok(names.has(`before-${number}`))
    for (const name of names) assert.equal((await admin('GET', `${FILES}/${name}`)).text, contentOf(String(name)))
    await stopped(restored)
  }
})

const contentOf = (name: string): string => `${name} `.repeat(2000)

async function upload(admin: Caller, name: string): Promise<void> {
  const answer = await admin('PUT', `${FILES}/${name}?inbody=true`, { body: contentOf(name) })
  assert.equal(answer.status, 200)
}

async function uploadOn(admin: Caller, goesOn: Readonly<{ value: boolean }>): Promise<number> {
  let number = 0
  while (goesOn.value) await upload(admin, `during-${number++}`)
  return number
}

const blocksOf = (title: string): readonly string[] =>
  blocksIn(sectionOf('docs/operating.md', title))
    .filter(({ language }) => language === 'sh')
    .map(({ content }) => content)

async function stopped(server: Running): Promise<void> {
  server.signal('SIGTERM')
  assert.equal(await server.ended, 0)
}
