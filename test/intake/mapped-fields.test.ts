import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Values } from '../support/dicom.ts'
import { drafted, mr } from './drafts.ts'

describe('import 121: attributes that administrators map', () => {
  const mapping = (
    fieldName: string,
    fieldType: 'string' | 'integer' | 'float' | 'boolean' | 'date' | 'time',
    tag: string,
    schemaElement = 'xnat:mrSessionData',
  ) => ({ fieldName, fieldType, tag, schemaElement })
  const fieldsOf = (all: Values[], ...mappings: ReturnType<typeof mapping>[]) => {
    const { session, scans } = drafted(all, { mappings })
    const entries = [
      ...(session.children['fields/field'] ?? []),
      ...(scans[0]?.item.children['parameters/addParam'] ?? []),
    ]
    return Object.fromEntries(entries.map(({ fields }) => [fields['name'], fields['field'] ?? fields['addField']]))
  }

  it('become custom fields of the session and parameters of scans, of that very type alone', () => {
    const values = [mr('1', { PatientWeight: '68.0388641550', PatientSex: 'M' })]
    assert.deepEqual(
      fieldsOf(values, mapping('weight', 'float', '00101030'), mapping('sex', 'string', '00100040', 'xnat:mrScanData')),
      {
        weight: '68.038864155',
        sex: 'M',
      },
    )
    assert.deepEqual(fieldsOf(values, mapping('weight', 'float', '00101030', 'xnat:imageSessionData')), {})
  })

  it('have values only where all objects agree', () => {
    const own = [mapping('uid', 'string', '00080018'), mapping('number', 'integer', '00200013', 'xnat:mrScanData')]
    assert.deepEqual(fieldsOf([mr('1', { InstanceNumber: 1 }), mr('1', { InstanceNumber: 2 })], ...own), {})
    const many = Array.from({ length: 100 }, (_, index) => mr('1', { InstanceNumber: index }))
    assert.deepEqual(fieldsOf(many, ...own), {})
  })

  for (const [kind, text, expected] of [
    ['float', '1.001', '1.001'],
    ['float', '1e-7', '0.0000001'],
    ['float', 'x', undefined],
    ['integer', '007', '7'],
    ['integer', '1.5', undefined],
    ['boolean', 'TRUE', 'true'],
    ['boolean', '1', undefined],
    ['date', '20240305', '2024-03-05'],
    ['time', '101200.5', '10:12:00'],
  ] as const) {
    it(`are ${expected} for ${text} as ${kind}`, () => {
      assert.deepEqual(
        fieldsOf([mr('1', { StudyComments: text, PatientComments: text })], mapping('f', kind, '00104000'))['f'],
        expected,
      )
    })
  }

  it('leave the comments of the study where they are', () => {
    assert.deepEqual(fieldsOf([mr('1', { StudyComments: 'c' })], mapping('n', 'string', '00100020')), {
      studyComments: 'c',
      n: 'S01',
    })
  })
})
