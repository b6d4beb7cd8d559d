import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDraft } from '../../src/intake/draft.ts'
import { petMrParts } from '../../src/intake/petmr-parts.ts'
import { drafted, headerOf, mr, pet, RTSTRUCT, types, typesOf } from './drafts.ts'

describe('import 98: a study of PET and MR images', () => {
  const study = [
    mr('1', { SeriesNumber: 1, SeriesDescription: 't1' }),
    mr('2', { SeriesNumber: 2, SeriesDescription: 'Head_MRAC_PET' }),
    pet('3', { SeriesNumber: 3, SeriesDescription: 'WB' }),
    mr('4', { SeriesNumber: 4, SOPClassUID: RTSTRUCT, Modality: 'RTSTRUCT', SeriesDescription: 'contours' }),
  ]

  it('is one session of both, or of PET as the setting says', () => {
    const both = drafted(study, { label: 'A_petmr_B' })
    assert.deepEqual([both.session.type, both.label, both.toSeparate], ['xnat:petmrSessionData', 'A_petmr_B', false])
    const one = drafted(study, { label: 'PETMR_petmr_B', petMr: 'pet' })
    assert.deepEqual([one.session.type, one.session.fields['label']], ['xnat:petSessionData', 'PETMR_PET_B'])
  })

  it('is taken apart into MR with all the rest, and PET with its attenuation maps', async () => {
    const whole = drafted(study, { label: 'A_PETMR', petMr: 'separate' })
    assert.deepEqual([whole.session.type, whole.toSeparate], ['xnat:petmrSessionData', true])
    const parts = await petMrParts(whole, async (label) => label === 'A_MR')
    assert.deepEqual(parts, [
      { label: 'A_MR1', series: new Set(['1', '4']) },
      { label: 'A_PET', series: new Set(['2', '3']) },
    ])
    const open = openDraft(types, { label: 'A_PETMR', petMr: 'separate' })
    for (const values of study) open.add(headerOf(values))
    const drafts = parts.map((part) => open.finish(part))
    assert.deepEqual(
      drafts.map(({ label, toSeparate }) => [label, toSeparate]),
      [
        ['A_MR1', false],
        ['A_PET', false],
      ],
    )
    assert.deepEqual(drafts.map(typesOf), [
      ['mrSessionData', 'mrScanData', 'rtImageScanData'],
      ['petSessionData', 'mrScanData', 'petScanData'],
    ])
    const other = await petMrParts(drafted(study, { label: 'A', petMr: 'separate' }), async () => false)
    assert.deepEqual(
      other.map(({ label }) => label),
      ['A_MR', 'A_PET'],
    )
  })

  it('is plain PET where all that is MR belongs to it', () => {
    const { session, toSeparate } = drafted([study[1]!, study[2]!], { petMr: 'separate' })
    assert.deepEqual([session.type, toSeparate], ['xnat:petSessionData', false])
  })
})
