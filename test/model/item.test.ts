import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Scalar } from '../../src/model/dictionary.ts'
import { assign, emptyItem, type Item, merge, replaceWith, validate } from '../../src/model/item.ts'
import { standardDictionary } from '../../src/model/types/all.ts'
import { parseXmlPath } from '../../src/model/xml-path.ts'

const dictionary = standardDictionary()
const scan: Item = { ...emptyItem('xnat:mrScanData'), fields: { ID: '1', note: 'n' } }

function outcome(item: Item, path: string, text: string) {
  const parsed = parseXmlPath(path)
  assert.ok(parsed, path)
  return assign(dictionary, item, parsed, text)
}

function after(item: Item, ...assignments: [path: string, text: string][]): Item {
  let current = item
  for (const [path, text] of assignments) {
    const became = outcome(current, path, text)
    assert.ok(became !== 'unknown' && 'item' in became, `${path}=${text}`)
    current = became.item
  }
  return current
}

describe('assign', () => {
  it('sets fields by paths of the own type and of those above', () => {
    assert.equal(after(scan, ['xnat:mrScanData/note', 'a']).fields['note'], 'a')
    assert.equal(after(scan, ['xnat:imageScanData/note', 'b']).fields['note'], 'b')
    assert.equal(after(scan, ['xnat:MRScan/parameters.TR', '2300.0']).fields['parameters/tr'], 2300)
  })

  it('does not know paths of unrelated types and other names', () => {
    assert.equal(outcome(scan, 'xnat:ctScanData/note', 'x'), 'unknown')
    assert.equal(outcome(scan, 'foo:bar/x', '1'), 'unknown')
    assert.equal(outcome(scan, 'xnat:mrScanData/bogus', '1'), 'unknown')
    assert.equal(outcome(scan, 'xnat:petScanData/parameters/orientation', '1'), 'unknown')
  })

  it('clears with NULL, and leaves all as it is for empty text', () => {
    assert.deepEqual(after(scan, ['xnat:mrScanData/note', 'NULL']).fields, { ID: '1' })
    assert.deepEqual(after(scan, ['xnat:mrScanData/note', '']), scan)
    assert.equal(after(scan, ['xnat:mrScanData/note', 'null']).fields['note'], 'null')
  })

  it('leaves alone what the archive decides', () => {
    assert.deepEqual(after(scan, ['xnat:mrScanData/image_session_ID', 'X']), scan)
  })

  it('complains in a whole line', () => {
    assert.deepEqual(outcome(scan, 'xnat:mrScanData/frames', 'abc'), {
      fault: `The content of element 'xnat:mrScanData' is not complete. '{"http://nrg.wustl.edu/xnat":frames}' Must Be A Valid Integer`,
    })
    assert.deepEqual(outcome(emptyItem('xnat:mrSessionData'), 'xnat:mrSessionData/date', '2001'), {
      fault: `The content of element 'xnat:mrSessionData' is not complete. '{"http://nrg.wustl.edu/xnat":date}' Must Be A Valid Date`,
    })
  })

  it('makes one entry for each key and updates it afterwards', () => {
    const path = 'xnat:mrScanData/parameters/addParam[name=P]/addField'
    const item = after(scan, [path, 'v'], [path, 'w'], [path.replace('=P', '=Q'), 'x'])
    assert.deepEqual(
      item.children['parameters/addParam']?.map((entry) => entry.fields),
      [
        { name: 'P', addField: 'w' },
        { name: 'Q', addField: 'x' },
      ],
    )
  })

  it('drops an entry whose own text is cleared', () => {
    const path = 'xnat:mrScanData/parameters/addParam[name=P]/addField'
    assert.deepEqual(after(scan, [path, 'v'], [path, 'NULL']), scan)
    assert.deepEqual(after(scan, [path, 'NULL']), scan)
  })

  it('selects by place, counted from 0', () => {
    const subject = emptyItem('xnat:subjectData')
    const item = after(
      subject,
      ['xnat:subjectData/addID[0]/addID', 'a'],
      ['xnat:subjectData/addID[0]/name', 'clinic'],
      ['xnat:subjectData/addID__1/addID', 'b'],
    )
    assert.deepEqual(
      item.children['addID']?.map((entry) => entry.fields),
      [{ addID: 'a', name: 'clinic' }, { addID: 'b' }],
    )
  })

  it('keeps one record of demographics, however it is addressed', () => {
    const item = after(
      emptyItem('xnat:subjectData'),
      ['xnat:subjectData/demographics/gender', 'female'],
      ['xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/age', '42'],
    )
    assert.deepEqual(item.children['demographics'], [
      { type: 'xnat:demographicData', fields: { gender: 'female', age: 42 }, children: {} },
    ])
  })

  it('complains about a value of the record it is in', () => {
    assert.deepEqual(outcome(emptyItem('xnat:subjectData'), 'xnat:subjectData/demographics/gender', 'x'), {
      fault: `The content of element 'xnat:demographicData' is not complete. '{"http://nrg.wustl.edu/xnat":gender}' Must Be One Of: male, female, other, unknown, M, F`,
    })
  })

  it('undoes itself with NULL', () => {
    const paths = fc.constantFrom(
      'xnat:mrScanData/quality',
      'xnat:mrScanData/parameters/addParam[name=P]/addField',
      'xnat:mrScanData/validation/status',
      'xnat:mrScanData/scanner/manufacturer',
    )
    fc.assert(
      fc.property(paths, fc.stringMatching(/^[a-z]{1,20}$/), (path, text) => {
        assert.deepEqual(after(scan, [path, text], [path, 'NULL']), scan)
      }),
    )
  })
})

const entry = (fields: Record<string, Scalar>, id?: number): Item =>
  id === undefined
    ? { type: 'xnat:addField', fields, children: {} }
    : { type: 'xnat:addField', fields, children: {}, id }

const stored: Item = {
  type: 'xnat:mrScanData',
  id: 42,
  fields: { ID: '1', note: 'old', quality: 'usable', image_session_ID: 'X_E00001' },
  children: {
    'parameters/addParam': [entry({ name: 'P', addField: '1' }, 9), entry({ name: 'Q', addField: '2' }, 10)],
    validation: [{ type: 'xnat:validationData', fields: { status: 'ok', method: 'eye' }, children: {}, id: 3 }],
    file: [{ type: 'xnat:resourceCatalog', fields: { label: 'DICOM' }, children: {}, id: 77 }],
  },
}

const incoming: Item = {
  type: 'xnat:mrScanData',
  fields: { note: 'new', image_session_ID: 'other' },
  children: {
    'parameters/addParam': [entry({ name: 'Q', addField: '3' }), entry({ name: 'R', addField: '4' })],
    validation: [{ type: 'xnat:validationData', fields: { status: 'bad' }, children: {} }],
  },
}

describe('merge', () => {
  it('finds entries by the keys that both have', () => {
    const region = (fields: Item['fields']): Item => ({ type: 'xnat:regionResource', fields, children: {} })
    const session = (...regions: Item[]): Item => ({
      ...emptyItem('xnat:mrSessionData'),
      children: { 'regions/region': regions },
    })
    const before = session(region({ name: 'a' }), region({ name: 'b', hemisphere: 'left' }))
    const merged = merge(
      dictionary,
      before,
      session(
        region({ name: 'b', hemisphere: 'right' }),
        region({ name: 'a', hemisphere: 'left' }),
        region({ name: 'a', hemisphere: 'right' }),
        region({ name: 'b' }),
      ),
    )
    const names = merged.children['regions/region']?.map(({ fields }) => `${fields['name']} ${fields['hemisphere']}`)
    assert.deepEqual(names, ['a left', 'b left', 'b right', 'a right'])
  })
  it('lays a list of many entries over another in a moment', () => {
    const entries = Array.from({ length: 40_000 }, (_, at): Item => {
      return { type: 'xnat:projectData_alias', fields: { alias: `z${at}` }, children: {} }
    })
    const project = { ...emptyItem('xnat:projectData'), children: { 'aliases/alias': entries } }
    const begun = performance.now()
    assert.equal(merge(dictionary, project, project).children['aliases/alias']?.length, entries.length)
    assert.ok(performance.now() - begun < 2000)
  })
  const merged = merge(dictionary, stored, incoming)

  it('overwrites what was sent and keeps the rest', () => {
    assert.deepEqual(merged.fields, { ID: '1', note: 'new', quality: 'usable', image_session_ID: 'X_E00001' })
    assert.equal(merged.id, 42)
  })

  it('matches children by their key, adds new ones and removes none', () => {
    assert.deepEqual(merged.children['parameters/addParam'], [
      entry({ name: 'P', addField: '1' }, 9),
      entry({ name: 'Q', addField: '3' }, 10),
      entry({ name: 'R', addField: '4' }),
    ])
    assert.deepEqual(merged.children['validation']?.[0]?.fields, { status: 'bad', method: 'eye' })
    assert.deepEqual(merged.children['file'], stored.children['file'])
  })

  it('replaces a list whose entries have no key', () => {
    const steps = (...users: string[]): Item => ({
      type: 'prov:process',
      fields: {},
      children: { processStep: users.map((user) => ({ type: 'prov:processStep', fields: { user }, children: {} })) },
    })
    assert.deepEqual(merge(dictionary, steps('a', 'b'), steps('c')), steps('c'))
    assert.deepEqual(merge(dictionary, steps('a'), emptyItem('prov:process')), steps('a'))
  })

  it('keeps the subtype that the document does not repeat, and takes a more telling one', () => {
    assert.equal(merge(dictionary, stored, emptyItem('xnat:imageScanData')).type, 'xnat:mrScanData')
    assert.equal(merge(dictionary, emptyItem('xnat:imageScanData'), stored).type, 'xnat:mrScanData')
  })

  it('changes nothing when the same comes again', () => {
    assert.deepEqual(merge(dictionary, merged, incoming), merged)
    assert.deepEqual(merge(dictionary, stored, stored), stored)
  })
})

describe('replaceWith', () => {
  const replaced = replaceWith(dictionary, stored, incoming)

  it('removes what was not sent, but not identity and what the archive decides', () => {
    assert.deepEqual(replaced.fields, { ID: '1', note: 'new', image_session_ID: 'X_E00001' })
    assert.equal(replaced.id, 42)
  })

  it('removes children that were not sent and keeps the keys of the others', () => {
    assert.deepEqual(replaced.children['parameters/addParam'], [
      entry({ name: 'Q', addField: '3' }, 10),
      entry({ name: 'R', addField: '4' }),
    ])
    assert.deepEqual(replaced.children['validation']?.[0], {
      type: 'xnat:validationData',
      fields: { status: 'bad' },
      children: {},
      id: 3,
    })
    const bare = replaceWith(dictionary, stored, emptyItem('xnat:mrScanData'))
    assert.deepEqual(Object.keys(bare.children), ['file'])
  })
})

describe('validate', () => {
  it('finds nothing to say about a sound record', () => {
    assert.deepEqual(validate(dictionary, stored), [])
  })

  it('gives one line for each fault, at any depth', () => {
    const frame: Item = {
      type: 'xnat:petScanData_frame',
      fields: { number: 1, starttime: 0, units: 'h' },
      children: {},
    }
    const item: Item = {
      type: 'xnat:petScanData',
      fields: { quality: 'x'.repeat(300) },
      children: { 'parameters/frames/frame': [frame] },
    }
    const head = `is not complete. '{"http://nrg.wustl.edu/xnat"`
    assert.deepEqual(validate(dictionary, item), [
      `The content of element 'xnat:petScanData' ${head}:quality}' Must Be Less Than 255 Characters : Current Length (300)`,
      `The content of element 'xnat:petScanData_frame' ${head}:length}' Required Field`,
      `The content of element 'xnat:petScanData_frame' ${head}:units}' Must Be One Of: sec, min`,
    ])
  })
})
