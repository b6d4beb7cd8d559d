import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Running, serving, settingsOf } from '../commands/program.ts'
import { type TestPlace, testPlace } from '../support/database.ts'
import { instance, UID_ROOT } from '../support/dicom.ts'
import { run } from '../support/run.ts'
import { type ClientPython, clientPython } from './python.ts'

/** What each client is made to do: the lines of the checklists, the script, and its tests. */
const scenarios: readonly (readonly [title: string, script: string, ...tests: string[]])[] = [
  ['clients 2: pyxnat signs in once and lists projects', 'pyxnat_scenarios', 'Pyxnat.test_02_projects'],
  ['clients 2: pyxnat is given an address with a slash', 'pyxnat_scenarios', 'Pyxnat.test_02_address_with_a_slash'],
  ['clients 4: pyxnat makes subjects, sessions, scans and folders', 'pyxnat_scenarios', 'Pyxnat.test_04_creation'],
  ['clients 4: pyxnat gives ids and types', 'pyxnat_scenarios', 'Pyxnat.test_04_given_ids_and_types'],
  ['clients 4: pyxnat makes what is above a scan with it', 'pyxnat_scenarios', 'Pyxnat.test_04_created_together'],
  ['clients 7: pyxnat stores a file and reads it', 'pyxnat_scenarios', 'Pyxnat.test_07_one_file'],
  ['clients 7: pyxnat overwrites when told', 'pyxnat_scenarios', 'Pyxnat.test_07_overwriting'],
  ['clients 7: pyxnat keeps unusual names', 'pyxnat_scenarios', 'Pyxnat.test_07_names'],
  ['clients 9: pyxnat sends zips, unpacked and as they are', 'pyxnat_scenarios', 'Pyxnat.test_09_zips'],
  ['clients 9: pyxnat sends lists of files and folders', 'pyxnat_scenarios', 'Pyxnat.test_09_lists_and_folders'],
  ['clients 11: pyxnat downloads folders and scans', 'pyxnat_scenarios', 'Pyxnat.test_11_downloads'],
  ['clients 16: pyxnat sets and gets attributes', 'pyxnat_scenarios', 'Pyxnat.test_16_attributes'],
  ['clients 16: pyxnat keeps parameters of scans', 'pyxnat_scenarios', 'Pyxnat.test_16_scan_parameters'],
  ['clients 16: pyxnat keeps provenance', 'pyxnat_scenarios', 'Pyxnat.test_16_provenance'],
  ['clients 18: pyxnat deletes files, folders and records', 'pyxnat_scenarios', 'Pyxnat.test_18_deletion'],
  ['clients 31: pyxnat is told of a wrong password', 'pyxnat_people', 'People.test_31_wrong_password'],
  ['clients 32: pyxnat reads public data as nobody', 'pyxnat_people', 'People.test_32_anonymous'],
  ['clients 33: pyxnat shares and unshares', 'pyxnat_people', 'People.test_33_sharing', 'People.test_33_collections'],
  ['clients 33: pyxnat hands a subject over', 'pyxnat_people', 'People.test_33_moving'],
  ['clients 40: pyxnat changes settings of a project', 'pyxnat_people', 'People.test_40_settings'],
  ['clients 40: pyxnat adds and removes people', 'pyxnat_people', 'People.test_40_users'],
  ['clients 40: pyxnat meets the bounds of roles', 'pyxnat_people', 'People.test_40_what_roles_may'],
  ['clients 40: pyxnat defines and sets custom variables', 'pyxnat_people', 'People.test_40_custom_variables'],
  ['clients 40: pyxnat sends documents', 'pyxnat_people', 'People.test_40_documents'],
  ['clients 4, 7, 9, 11, 16, 18, 33: the tests that pyxnat brings along pass', 'pyxnat_own'],
  ['resources 198: pyxnat brings a tree of DICOM in and out again', 'main_job', 'MainJob.test_main_job'],
  ['resources 198: nibabel reads what pyxnat brings back', 'main_job', 'MainJob.test_nifti'],
  ['clients 12: yaxil signs in and lists', 'yaxil_scenarios', 'Yaxil.test_12_lists', 'Yaxil.test_12_session'],
  ['clients 12: yaxil finds nothing, or too much', 'yaxil_scenarios', 'Yaxil.test_12_nothing_and_too_much'],
  ['clients 12: yaxil looks for dates', 'yaxil_scenarios', 'Yaxil.test_12_date_ranges'],
  ['clients 13: yaxil downloads scans, flat and as they are', 'yaxil_scenarios', 'Yaxil.test_13_downloads'],
  ['clients 36: yaxil describes scans of many kinds', 'yaxil_scenarios', 'Yaxil.test_36_scans'],
  ['clients 36: yaxil asks what is there', 'yaxil_scenarios', 'Yaxil.test_36_questions', 'Yaxil.test_36_history'],
  ['clients 37, resources 199: yaxil stores an assessor twice', 'yaxil_scenarios', 'Yaxil.test_37_storerest'],
  ['clients 14: xnatctl signs in and lists', 'xnatctl_scenarios', 'Xnatctl.test_14_signing_in_and_lists'],
  ['clients 14, 31: xnatctl is told what fails', 'xnatctl_scenarios', 'Xnatctl.test_14_refusals'],
  ['clients 14: xnatctl shows one record', 'xnatctl_scenarios', 'Xnatctl.test_14_one_record'],
  ['clients 14: xnatctl shares with people and projects', 'xnatctl_scenarios', 'Xnatctl.test_14_projects_and_people'],
  ['clients 14: xnatctl sets variables and merges', 'xnatctl_scenarios', 'Xnatctl.test_14_variables_and_merging'],
  ['clients 28: xnatctl downloads with one worker and four', 'xnatctl_scenarios', 'Xnatctl.test_28_downloads'],
  ['clients 29, resources 200: xnatctl uploads and downloads', 'xnatctl_scenarios', 'Xnatctl.test_29_resources'],
  ['clients 29: xnatctl sends a file twice', 'xnatctl_scenarios', 'Xnatctl.test_29_the_same_file_twice'],
  ['clients 29: xnatctl deletes', 'xnatctl_scenarios', 'Xnatctl.test_29_deletion'],
]

const PASSWORD = 'a password for clients'
const ready: ClientPython = await clientPython()
const curl = (await run('curl', ['--version'])).code === 0 && (await run('bash', ['--version'])).code === 0

/** Where tests are counted on, nothing may be left out in silence. */
function skipped(missing: string | undefined): string | false {
  if (missing === undefined) return false
  if (process.env['CI']) throw new Error(`missing for the tests of the clients: ${missing}`)
  return `not run: ${missing}`
}

describe('public clients, as they are', () => {
  let at: TestPlace
  let folder: string
  let server: Running | undefined
  let ended: string | undefined
  before(async () => {
    at = await testPlace()
    folder = await mkdtemp(join(tmpdir(), 'isocenter-clients-dicom-'))
    await writeSamples(folder)
    const settings = {
      ISOCENTER_ADMIN_PASSWORD: PASSWORD,
      ISOCENTER_REQUIRE_LOGIN: 'false',
      ISOCENTER_LOG_LEVEL: 'error',
    }
    server = await serving(settingsOf(at.place, settings))
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

  async function passes(program: string, words: readonly string[]): Promise<string> {
    const { code, said } = await run(program, words, {
      ...process.env,
      ISOCENTER_URL: server?.url,
      ISOCENTER_ADMIN_PASSWORD: PASSWORD,
      DICOM_FOLDER: process.env['DICOM_SAMPLES'] ?? folder,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONWARNINGS: 'ignore',
    })
    assert.equal(ended, undefined)
    assert.equal(code, 0, said.slice(-6000))
    return said
  }

  for (const [title, script, ...tests] of scenarios) {
    it(title, { skip: skipped('missing' in ready ? ready.missing : undefined) }, async () => {
      assert.ok('python' in ready)
      const said = await passes(ready.python, [join(import.meta.dirname, `${script}.py`), ...tests])
      if (tests.length > 0) assert.match(said, new RegExp(`^Ran ${tests.length} tests? in`, 'm'))
      else assert.match(said, /^\d\d+ passed/m)
    })
  }

  const withoutCurl = skipped(curl ? undefined : 'curl or bash is not installed')
  it('resources 198: curl alone brings a tree of DICOM in and out again', { skip: withoutCurl }, async () => {
    const said = await passes('bash', [join(import.meta.dirname, 'main-job.sh')])
    assert.match(said, /^\d+ files went and came back the same$/m)
  })
})

/** Two sessions with scans of few and of many small DICOM files. */
async function writeSamples(folder: string): Promise<void> {
  const counts = { GE01: { mr_0004: 14, mr_0005: 3 }, SI01: { mr_0003: 2 } }
  let series = 0
  for (const [session, scans] of Object.entries(counts)) {
    for (const [scan, count] of Object.entries(scans)) {
      series += 1
      await mkdir(join(folder, session, scan), { recursive: true })
      for (let number = 1; number <= count; number += 1) {
        const bytes = instance({
          StudyInstanceUID: `${UID_ROOT}.${session === 'GE01' ? 1 : 2}`,
          SeriesInstanceUID: `${UID_ROOT}.9.${series}`,
          SOPInstanceUID: `${UID_ROOT}.9.${series}.${number}`,
          SeriesNumber: series,
          InstanceNumber: number,
        })
        await writeFile(join(folder, session, scan, `${String(number).padStart(5, '0')}.dcm`), bytes)
      }
    }
  }
}
