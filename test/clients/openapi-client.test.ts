import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { run } from '../support/run.ts'
import { startSite, type TestSite } from '../support/site.ts'
import { skipped } from './missing.ts'

const source = join(import.meta.dirname, 'openapi')
const tools = await installedTools()

/**
 * The folder with the generator and the validator, in versions of their own (they want another TypeScript than ours), or
 * why there is none. It is made once for each lock file.
 */
async function installedTools(): Promise<{ folder: string } | { missing: string }> {
  const lock = await readFile(join(source, 'package-lock.json'))
  const mark = createHash('sha256').update(`${process.getuid?.()}`).update(lock).digest('hex').slice(0, 16)
  const folder = join(tmpdir(), `isocenter-openapi-${mark}`)
  if (existsSync(folder)) return { folder }
  const fresh = await mkdtemp(`${folder}-`)
  for (const file of ['package.json', 'package-lock.json']) await cp(join(source, file), join(fresh, file))
  const { code, said } = await run('npm', ['ci', '--no-audit', '--no-fund', '--prefix', fresh])
  if (code === 0 && !existsSync(folder)) await rename(fresh, folder)
  await rm(fresh, { recursive: true, force: true })
  if (code === 0) return { folder }
  return { missing: `the generator cannot be installed: ${said.trim().split('\n').at(-1)}` }
}

describe('a client generated from the OpenAPI document', {
  skip: skipped('missing' in tools ? tools.missing : undefined),
}, () => {
  let site: TestSite
  let folder: string
  before(async () => {
    assert.ok('folder' in tools)
    site = await startSite()
    await site.addUser('own')
    folder = await mkdtemp(join(tmpdir(), 'isocenter-generated-'))
    await cp(source, folder, { recursive: true })
    await symlink(join(tools.folder, 'node_modules'), join(folder, 'node_modules'))
    const { text } = await site.as(null)('GET', '/openapi.json')
    await writeFile(join(folder, 'openapi.json'), text)
  })
  after(async () => {
    await site.close()
    await rm(folder, { recursive: true, force: true })
  })

  const node = (...words: string[]) => run(process.execPath, ['--preserve-symlinks', ...words])
  const tool = (path: string) => join(folder, 'node_modules', path)

  it('the document is valid', async () => {
    const { code, said } = await node(join(folder, 'validate.ts'), join(folder, 'openapi.json'))
    assert.equal(code, 0, said)
    assert.match(said, /valid OpenAPI 3\.1/)
  })

  it('its types are made and fit its calls, which do what they say', async () => {
    const made = await node(
      tool('openapi-typescript/bin/cli.js'),
      join(folder, 'openapi.json'),
      '-o',
      join(folder, 'api.d.ts'),
    )
    assert.equal(made.code, 0, made.said)
    const checked = await node(tool('typescript/bin/tsc'), '--project', folder)
    assert.equal(checked.code, 0, checked.said)
    const { code, said } = await node(join(folder, 'calls.ts'), site.url, 'own', 'own-password')
    assert.equal(code, 0, said)
    const { statuses, subject, rows } = JSON.parse(said)
    assert.deepEqual(statuses, [200, 201, 200, 404])
    assert.deepEqual(rows, [[subject, 'S1']])
  })
})
