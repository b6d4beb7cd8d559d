// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of the protocol, not of this language
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileName, listHash, parseTemplate } from '../../src/dicom/file-names.ts'
import { readHeader } from '../../src/dicom/header.ts'
import { instance, MR_STORAGE, type Values } from '../support/dicom.ts'

const STANDARD = '${StudyInstanceUID}-${SeriesNumber}-${InstanceNumber}-${HashSOPClassUIDWithSOPInstanceUID}'
const SIEMENS = '1.3.12.2.1107.5.2.32.35177.3.2006121409365951632817982'

async function named(text: string, values: Values = {}): Promise<string> {
  const template = await parseTemplate(text)
  return fileName(template, readHeader(instance(values), { also: template.also }))
}

describe('names of files', () => {
  it('import 103: have the verified hash of SOP class and instance', async () => {
    assert.equal(listHash([MR_STORAGE, SIEMENS]), '1qs88hj')
    assert.equal(listHash(['1.2.840.10008.5.1.4.1.1.481.3', SIEMENS]), '1fqtjqx')
    const values = { StudyInstanceUID: '1.2.3', SeriesNumber: 4, InstanceNumber: 7, SOPInstanceUID: SIEMENS }
    assert.equal(await named(STANDARD, values), '1.2.3-4-7-1qs88hj.dcm')
  })

  it('import 104: say where a value is missing', async () => {
    const name = await named(STANDARD, { StudyInstanceUID: '1.2.3', SeriesNumber: 4, InstanceNumber: null })
    assert.match(name, /^1\.2\.3-4-no-value-for-InstanceNumber-\w+\.dcm$/)
  })

  for (const [template, expected] of [
    ['${PatientName}', 'Doe_Jo.dcm'],
    ['${PatientName}.img', 'Doe_Jo.img'],
    ['a/../${PatientID}', 'a_.._S01.dcm'],
    ['..${PatientID}', 'S01.dcm'],
    ['${NoSuchKeyword}', 'no-value-for-NoSuchKeyword.dcm'],
    ['${HashOfNothing}', 'no-value-for-HashOfNothing.dcm'],
    ['plain', 'plain.dcm'],
  ] as const) {
    it(`are ${expected} of ${template}`, async () => {
      assert.equal(await named(template), expected)
    })
  }

  it('take any attribute of the standard', async () => {
    const template = await parseTemplate('${ImagePositionPatient}-${WindowCenter}')
    assert.deepEqual(
      [...template.also],
      [
        ['00200032', 'DS'],
        ['00281050', 'DS'],
      ],
    )
    assert.match(await named('${ImagePositionPatient}', { ImagePositionPatient: ['1', '2'] }), /^1_2\.dcm$/)
  })
})
