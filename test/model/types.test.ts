import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isChild } from '../../src/model/dictionary.ts'
import { namespaceOf, prefixOf } from '../../src/model/namespaces.ts'
import { standardDictionary } from '../../src/model/types/all.ts'
import { scanShortcuts } from '../../src/model/types/shortcuts.ts'

const dictionary = standardDictionary()
const types = [...dictionary.types.values()]

describe('the declared types', () => {
  it('hold only children whose types and keys are declared', () => {
    for (const type of types) {
      for (const member of type.members.values()) {
        if (!isChild(member)) continue
        const child = dictionary.find(member.child)
        assert.ok(child, `${type.name} ${member.path} ${member.child}`)
        for (const key of member.key ?? []) assert.ok(child.members.has(key), `${type.name} ${member.path} ${key}`)
      }
    }
  })

  it('name a field of their own as text, and belong to a known namespace', () => {
    for (const type of types) {
      if (type.text) assert.ok(type.members.has(type.text), type.name)
      assert.equal(prefixOf(namespaceOf(type.prefix) ?? ''), type.prefix)
    }
  })

  it('never differ in letter case alone within one type', () => {
    for (const type of types) assert.equal(type.folded.size, type.members.size, type.name)
  })

  it('give attributes an element to stand on', () => {
    for (const type of types) {
      for (const member of type.members.values()) {
        if (isChild(member) || !member.attribute) continue
        const element = type.members.get(member.steps.slice(0, -1).join('/'))
        assert.ok(!element || !isChild(element), `${type.name} ${member.path}`)
      }
    }
  })

  it('have root elements of their own', () => {
    const roots = types.flatMap((type) => (type.root ? [`${type.prefix}:${type.root}`] : []))
    assert.equal(new Set(roots).size, roots.length)
    assert.equal(dictionary.find('xnat:MRScan')?.name, 'xnat:mrScanData')
    assert.equal(dictionary.find('xnat:ReconstructedImage')?.name, 'xnat:reconstructedImageData')
  })

  it('pair every session with its kind and every scan with its own', () => {
    const below = (ancestor: string) => types.filter((type) => type.lineage.slice(1).includes(ancestor))
    for (const session of below('xnat:imageSessionData')) assert.match(session.name, /^xnat:\w+SessionData$/)
    for (const scan of below('xnat:imageScanData')) assert.ok(scan.root?.endsWith('Scan'), scan.name)
    assert.equal(below('xnat:imageScanData').length, 45)
  })

  it('write base fields before those of the subtype, and a coil twice', () => {
    const paths = [...(dictionary.find('xnat:mrScanData')?.members.keys() ?? [])]
    const order = [
      'ID',
      'quality',
      'series_description',
      'coil',
      'parameters/tr',
      'parameters/coil',
      'dcmValidation/status',
    ]
    assert.deepEqual(
      paths.filter((path) => order.includes(path)),
      order,
    )
  })

  it('note DICOM attributes as eight hexadecimal digits', () => {
    for (const type of types) {
      for (const member of type.members.values()) {
        if (!isChild(member) && member.dicom) assert.match(member.dicom, /^[0-9A-F]{8}$/, `${type.name} ${member.path}`)
      }
    }
  })
})

describe('the short names of scans', () => {
  it('are those of the protocol', () => {
    assert.equal(scanShortcuts.filter((shortcut) => !shortcut.readonly).length, 33)
    assert.equal(scanShortcuts.filter((shortcut) => shortcut.readonly).length, 5)
    assert.equal(new Set(scanShortcuts.map((shortcut) => shortcut.name)).size, scanShortcuts.length)
    assert.equal(scanShortcuts.find((shortcut) => shortcut.name === 'scanTime')?.path, 'xnat:imageScanData/startTime')
  })
})
