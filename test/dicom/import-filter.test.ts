import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readHeader } from '../../src/dicom/header.ts'
import { parseFilter } from '../../src/dicom/import-filter.ts'
import { faultOf } from '../../src/errors.ts'
import { MR_STORAGE } from '../support/dicom.ts'
import { type Element, file } from './encodings.ts'

const object = (...more: readonly Element[]): Buffer => {
  const all: Element[] = [['00080016', 'UI', MR_STORAGE], ['00080018', 'UI', '1.2'], ...more]
  return file(all.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const described = (text: string): Element => ['0008103E', 'LO', text]
const localizer = object(described('SAG LOCALIZER And Then Some'), ['00080060', 'CS', 'MR'])

async function accepts(mode: string, text: string, bytes: Buffer): Promise<boolean> {
  const filter = await parseFilter(mode, text)
  return filter.accepts(readHeader(bytes, { also: filter.also }))
}

describe('import 148: a series import filter', () => {
  for (const [text, bytes, matches] of [
    ['localizer', localizer, true],
    ['^localizer', localizer, false],
    ['# a comment\n\n  T1 \nSag Loc', localizer, true],
    ['^(?!.*LOCALIZER).*', localizer, false],
    ['[Modality]\n^MR$', localizer, true],
    ['[modality]\n^PT$\n[SeriesDescription]\nthen some', localizer, true],
    ['[0008,0060]\nmr', localizer, true],
    ['[(0008,0060)]\nct', localizer, false],
    ['[BurnedInAnnotation]\nYES', object(['00280301', 'CS', 'YES']), true],
    ['[0009,1001]\nsecret', object(['00091001', 'LO', 'My Secret']), true],
    ['[0009,1001]\nEXISTS', object(['00091001', 'LO', '']), true],
    ['[0009,1001]\nEXISTS', localizer, false],
    ['[0009,1001]\n!EXISTS', localizer, true],
    ['[ReferencedImageSequence]\nEXISTS', object(['00081140', 'SQ', [[['00081150', 'UI', '1.2']]]]), true],
    ['[RequestAttributesSequence]\n!EXISTS', object(['00081140', 'SQ', []]), true],
    ['[300A,00B2]\nlinac', object(['300A00B2', 'SH', 'Linac 1']), true],
    ['[ImageType]\nORIGINAL\\\\PRIMARY', object(['00080008', 'CS', 'ORIGINAL\\PRIMARY']), true],
    ['[ab]', object(described('b')), true],
    ['EXISTS', object(), false],
  ] as const) {
    it(`${JSON.stringify(text)} ${matches ? 'matches' : 'does not match'}`, async () => {
      assert.equal(await accepts('whitelist', text, bytes), matches)
      assert.equal(await accepts('blacklist', text, bytes), !matches)
    })
  }

  const MAP = JSON.stringify({
    mode: 'modalityMap',
    exclude: "/^yes$/i.test('#BurnedInAnnotation#')",
    PT: "'#Modality#' == 'PT' || ('#Modality#' == 'MR' && /^.*MRAC.*$/.test('#SeriesDescription#'))",
    MR: "'#Modality#' != 'PT' && !('#Modality#' == 'MR' && /^.*MRAC.*$/.test('#SeriesDescription#'))",
  })

  for (const [modality, description, burned, expected] of [
    ['PT', 'WB', 'NO', 'PT'],
    ['MR', 'Head_MRAC_PET', 'NO', 'PT'],
    ['MR', 't1', 'NO', 'MR'],
    ['RTSTRUCT', '', '', 'MR'],
    ['MR', 't1', 'Yes', undefined],
  ] as const) {
    it(`puts ${modality} ${description} ${burned} under ${expected}`, async () => {
      const filter = await parseFilter('modalityMap', MAP)
      const bytes = object(['00080060', 'CS', modality], described(description), ['00280301', 'CS', burned])
      const header = readHeader(bytes, { also: filter.also })
      assert.equal(filter.modalityOf(header), expected)
      assert.equal(filter.accepts(header), expected !== undefined)
    })
  }

  it('lets nothing in that no modality takes, unless there is a default', async () => {
    const map = { MR: "'#Modality#' === 'MR'" }
    const pet = object(['00080060', 'CS', 'PT'])
    assert.equal(await accepts('modalityMap', JSON.stringify(map), pet), false)
    assert.equal(await accepts('modalityMap', JSON.stringify({ ...map, default: 'MR' }), pet), true)
  })

  it('never runs what an object says', async () => {
    const map = JSON.stringify({ MR: "'#SeriesDescription#' == 'a'" })
    assert.equal(await accepts('modalityMap', map, object(described("a' || 'b' == 'b"))), false)
  })

  for (const [mode, text] of [
    ['greylist', 'a'],
    ['blacklist', '('],
    ['blacklist', '[NoSuchAttribute]\na'],
    ['modalityMap', 'not JSON'],
    ['modalityMap', '{"MR": "process.exit()"}'],
    ['modalityMap', '{"MR": "\'a\' == "}'],
    ['modalityMap', '{"MR": "(\'a\' == \'a\'"}'],
    ['modalityMap', '{"MR": "\'#Nothing#\' == \'a\'"}'],
  ] as const) {
    it(`is refused as ${mode}: ${text}`, async () => {
      await assert.rejects(
        async () => parseFilter(mode, text),
        (error) => faultOf(error)?.kind === 'invalid',
      )
    })
  }
})
