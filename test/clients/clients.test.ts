import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Running, serving, settingsOf } from '../commands/program.ts'
import { type TestPlace, testPlace } from '../support/database.ts'
import { instance, UID_ROOT } from '../support/dicom.ts'
import { run } from '../support/run.ts'
import { skipped } from './missing.ts'
import { type ClientPython, clientPython, type Outcomes, outcomesOf } from './python.ts'
import { type Environment, releaseOf, requirementFiles, type Scenario, scenarios } from './scenarios.ts'

const PASSWORD = 'a password for clients'
const environments = Object.keys(requirementFiles) as Environment[]
const pythons = new Map<Environment, ClientPython>()
// One after the other: the first run installs them.
for (const name of environments) pythons.set(name, await clientPython(requirementFiles[name]))
const curl = (await run('curl', ['--version'])).code === 0 && (await run('bash', ['--version'])).code === 0

describe('public clients, as they are', () => {
  let at: TestPlace
  let folder: string
  let server: Running | undefined
  let ended: string | undefined
  before(async () => {
    at = await testPlace()
    folder = await mkdtemp(join(tmpdir(), 'isocenter-clients-dicom-'))
    await writeSamples(join(folder, 'stored'), stored)
    await writeSamples(join(folder, 'imported'), imported)
    const open = {
      ISOCENTER_ADMIN_PASSWORD: PASSWORD,
      ISOCENTER_REQUIRE_LOGIN: 'false',
      ISOCENTER_LOG_LEVEL: 'error',
    }
    server = await serving(settingsOf(at.place, open))
    void server.ended.then((code) => {
      ended = `the server has ended with ${code}`
    })
  })
  after(async () => {
    server?.signal('SIGTERM')
    await server?.ended
    await at.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const settings = () => ({
    ...process.env,
    ISOCENTER_URL: server?.url,
    ISOCENTER_ADMIN_PASSWORD: PASSWORD,
    DICOM_FOLDER: process.env['DICOM_SAMPLES'] ?? join(folder, 'stored'),
    UPLOAD_FOLDER: join(folder, 'imported'),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONWARNINGS: 'ignore',
  })

  // A script runs once, with all its tests; starting Python and connecting takes longer than most of them.
  const runs = new Map<string, Promise<Outcomes>>()
  function outcomes({ environment, script }: Scenario): Promise<Outcomes> {
    const ready = pythons.get(environment)
    assert.ok(ready && 'python' in ready)
    const key = `${environment} ${script}`
    const running = runs.get(key) ?? outcomesOf(ready.python, script, settings())
    runs.set(key, running)
    return running
  }

  for (const scenario of scenarios) {
    const ready = pythons.get(scenario.environment)
    const missing = ready && 'missing' in ready ? ready.missing : undefined
    const title = `${scenario.lines}: ${scenario.client} ${releaseOf(scenario)} ${scenario.says}`
    it(title, { skip: skipped(missing) }, async () => {
      const { ended: script, complaints } = await outcomes(scenario)
      assert.equal(ended, undefined)
      if (scenario.tests.length === 0) assert.match(script.said, /^\d\d+ passed/m, script.said.slice(-6000))
      for (const test of scenario.tests) {
        assert.ok(complaints.has(test), `${test} was not run: ${script.said.slice(-6000)}`)
        assert.equal(complaints.get(test) ?? '', '')
      }
    })
  }

  const withoutCurl = skipped(curl ? undefined : 'curl or bash is not installed')
  it('resources 198: curl alone brings a tree of DICOM in and out again', { skip: withoutCurl }, async () => {
    const { code, said } = await run('bash', [join(import.meta.dirname, 'main-job.sh')], settings())
    assert.equal(code, 0, said.slice(-6000))
    assert.match(said, /^\d+ files went and came back the same$/m)
  })
})

/** Sessions by the folder they lie in, with the number of DICOM files in each of their scans. */
type Sessions = Readonly<Record<string, Readonly<Record<string, number>>>>

/** What goes to the archive file by file, and what is imported. */
const stored: Sessions = { GE01: { mr_0004: 14, mr_0005: 3 }, SI01: { mr_0003: 2 } }
const imported: Sessions = { few: { first: 14, second: 3 }, many: { one: 50, two: 50, three: 50, four: 50 } }

/** One study for each session, one series for each of its scans. */
async function writeSamples(folder: string, sessions: Sessions): Promise<void> {
  for (const [study, [session, scans]] of Object.entries(sessions).entries()) {
    for (const [series, [scan, count]] of Object.entries(scans).entries()) {
      await mkdir(join(folder, session, scan), { recursive: true })
      const uid = `${UID_ROOT}.9.${study + 1}`
      for (let number = 1; number <= count; number += 1) {
        const bytes = instance({
          StudyInstanceUID: uid,
          SeriesInstanceUID: `${uid}.${series + 1}`,
          SOPInstanceUID: `${uid}.${series + 1}.${number}`,
          SeriesNumber: series + 1,
          InstanceNumber: number,
        })
        await writeFile(join(folder, session, scan, `${String(number).padStart(5, '0')}.dcm`), bytes)
      }
    }
  }
}
