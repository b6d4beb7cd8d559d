import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { standardDictionary } from '../../src/model/types/all.ts'
import {
  assessorShortcuts,
  experimentShortcuts,
  projectShortcuts,
  reconstructionShortcuts,
  scanShortcuts,
  subjectShortcuts,
} from '../../src/model/types/shortcuts.ts'
import { parseXmlPath, resolvePath } from '../../src/model/xml-path.ts'

const dictionary = standardDictionary()

function resolved(text: string): string | undefined {
  const path = parseXmlPath(text)
  const found = path && resolvePath(dictionary, path.type, path.steps)
  return found && [...found.through.map(({ child }) => child.path), found.field.path].join(' > ')
}

describe('parseXmlPath', () => {
  it('keeps the case and the predicate', () => {
    assert.deepEqual(parseXmlPath('xnat:mrScanData/parameters/addParam[name=P]/addField'), {
      type: 'xnat:mrScanData',
      steps: [
        { name: 'parameters' },
        { name: 'addParam', selector: { where: { field: 'name', value: 'P' } } },
        { name: 'addField' },
      ],
    })
  })

  it('separates at slashes, dots and at-signs, but not inside brackets', () => {
    const path = parseXmlPath('xnat:mrSessionData.fields.field[name=a.b/c@d].field')
    assert.deepEqual(path?.steps[1]?.selector, { where: { field: 'name', value: 'a.b/c@d' } })
    assert.deepEqual(parseXmlPath('xnat:mrScanData/scanner/@manufacturer')?.steps, [
      { name: 'scanner' },
      { name: 'manufacturer' },
    ])
  })

  it('reads places and types', () => {
    assert.deepEqual(parseXmlPath('xnat:subjectData/addID[0]/addID')?.steps[0]?.selector, { index: 0 })
    assert.deepEqual(parseXmlPath('xnat:subjectData/addID__2/addID')?.steps[0], {
      name: 'addID',
      selector: { index: 2 },
    })
    const typed = parseXmlPath('xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/gender')
    assert.deepEqual(typed?.steps[0]?.selector, { type: 'xnat:demographicData' })
    assert.deepEqual(parseXmlPath('xnat:a/b[@name="c d"]')?.steps[0]?.selector, {
      where: { field: 'name', value: 'c d' },
    })
  })

  it('takes nothing else for a path', () => {
    for (const bad of [
      'note',
      'xnat:mrScanData',
      'a/b',
      'xnat:a/',
      'xnat:a/b[',
      'xnat:a/b]',
      'xnat:a/b[[0]]',
      'xnat:a/b c',
      '',
    ]) {
      assert.equal(parseXmlPath(bad), undefined, bad)
    }
  })

  it('never throws', () => {
    const words = fc.array(fc.constantFrom('xnat:', 'mrScanData', '/', '.', '@', '[', ']', '=', 'name', '0', '__', ' '))
    fc.assert(
      fc.property(words, (parts) => {
        const path = parseXmlPath(parts.join(''))
        if (path) resolvePath(dictionary, path.type, path.steps)
      }),
    )
  })
})

describe('resolvePath', () => {
  it('matches names in any letter case', () => {
    assert.equal(resolved('xnat:MRScanData/PARAMETERS/TR'), 'parameters/tr')
    assert.equal(resolved('xnat:mrscandata/scanner/Manufacturer'), 'scanner/manufacturer')
  })

  it('finds fields of the types above', () => {
    assert.equal(resolved('xnat:mrSessionData/note'), 'note')
    assert.equal(resolved('xnat:mrSessionData/subject_ID'), 'subject_ID')
  })

  it('walks through records, with and without predicates', () => {
    assert.equal(resolved('xnat:mrScanData/parameters/addParam[name=P]/addField'), 'parameters/addParam > addField')
    assert.equal(resolved('xnat:mrScanData/parameters/addParam/name'), 'parameters/addParam > name')
    assert.equal(resolved('xnat:mrSessionData/scans/scan/type'), 'scans/scan > type')
    assert.equal(resolved('xnat:mrSessionData/scans/scan/parameters/tr'), 'scans/scan > parameters/tr')
    assert.equal(
      resolved('xnat:qcAssessmentData/provenance/processStep[0]/program/version'),
      'provenance > processStep > program/version',
    )
  })

  it('finds a field of a subtype when no predicate names it', () => {
    const path = parseXmlPath('xnat:subjectData/demographics/gender')
    const found = path && resolvePath(dictionary, path.type, path.steps)
    assert.equal(found?.owner.name, 'xnat:demographicData')
    assert.equal(
      resolved('xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/gender'),
      'demographics > gender',
    )
  })

  it('takes the end of a path at a record for its text', () => {
    assert.equal(resolved('xnat:projectData/aliases/alias'), 'aliases/alias > alias')
    assert.equal(resolved('xnat:projectData/aliases/alias/alias'), 'aliases/alias > alias')
  })

  it('does not know other names', () => {
    for (const bad of [
      'xnat:mrScanData/bogus',
      'xnat:fooData/note',
      'xnat:mrScanData/parameters',
      'xnat:subjectData/demographics',
      'xnat:subjectData/demographics[@xsi:type=xnat:mrScanData]/gender',
    ]) {
      assert.equal(resolved(bad), undefined, bad)
    }
  })

  it('knows every path that a short name stands for', () => {
    const all = [scanShortcuts, projectShortcuts, subjectShortcuts, experimentShortcuts, assessorShortcuts].flat()
    for (const { name, path, readonly } of [...all, ...reconstructionShortcuts]) {
      if (!readonly) assert.ok(resolved(path), `${name} ${path}`)
    }
  })
})
