import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { done, type ItemJson, MR, openSetting, query, type Session, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

const PET = 'xsiType=xnat:petScanData'
const ADD_PARAM = 'xnat:mrScanData/parameters/addParam'

const pick = (fields: Record<string, string | number>, paths: readonly string[]) =>
  Object.fromEntries(paths.map((path) => [path, fields[path]]))

/** Name and value of every addParam of scan 1, in order. */
async function added(at: Session): Promise<[string, string | undefined][]> {
  const child = (await here.item(at, '1')).children.find((each: ItemJson) => each.field === 'parameters/addParam')
  return (child?.items ?? []).map(({ data_fields }: ItemJson) => [data_fields.name, data_fields.addField])
}

test('scans 97: an addParam is made by its name', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '1', `${ADD_PARAM}[name=P]/addField=v`)
  assert.deepEqual(await added(at), [['P', 'v']])
})

test('scans 97: the item of an addParam has its type and its own number', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '1', `${ADD_PARAM}[name=P]/addField=v`)
  const [child] = (await here.item(at, '1')).children
  assert.equal(child.items[0].meta['xsi:type'], 'xnat:addField')
  assert.deepEqual(child.items[0].children, [])
  assert.ok(Number.isInteger(child.items[0].data_fields.xnat_addField_id))
})

test('scans 97: the same name again changes the one entry', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '1', `${ADD_PARAM}[name=P]/addField=v`)
  await here.put(at, '1', `${ADD_PARAM}%5Bname%3DP%5D/addField=w`)
  assert.deepEqual(await added(at), [['P', 'w']])
})

test('scans 97: another name is another entry, in one request or two', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '1', `${ADD_PARAM}[name=P]/addField=1&${ADD_PARAM}[name=Q]/addField=2`)
  await here.put(at, '1', `${ADD_PARAM}[name=R]/addField=3`)
  assert.deepEqual((await added(at)).sort(), [
    ['P', '1'],
    ['Q', '2'],
    ['R', '3'],
  ])
})

test('scans 97: a long text fits into an addParam', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '1', `${ADD_PARAM}[name=P]/addField=${'x'.repeat(3000)}`)
  assert.deepEqual(await added(at), [['P', 'x'.repeat(3000)]])
})

test('scans 97: a name with blanks and signs selects its entry', async () => {
  const at = await here.sessionWith('1')
  const key = `${ADD_PARAM}[name=${encodeURIComponent('a b/c.d=e')}]/addField`
  await here.put(at, '1', `${key}=1`)
  await here.put(at, '1', `${key}=2`)
  assert.deepEqual(await added(at), [['a b/c.d=e', '2']])
})

test('scans section 4.2: a position selects an entry, counted from 0', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '1', `${ADD_PARAM}[0]/name=P&${ADD_PARAM}[0]/addField=1`)
  await here.put(at, '1', `${ADD_PARAM}[1]/name=Q&${ADD_PARAM}[1]/addField=2`)
  await here.put(at, '1', `${ADD_PARAM}[0]/addField=3`)
  assert.deepEqual(await added(at), [
    ['P', '3'],
    ['Q', '2'],
  ])
})

test('scans section 4.2: NULL clears the value of an entry', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '1', `${ADD_PARAM}[name=P]/addField=v&${ADD_PARAM}[name=Q]/addField=w`)
  await here.put(at, '1', `${ADD_PARAM}[name=P]/addField=NULL`)
  const left = await added(at)
  assert.deepEqual(
    left.filter(([, value]) => value !== undefined),
    [['Q', 'w']],
  )
})

test('scans 98: PET shortcuts are ignored on an MR scan', async () => {
  const at = await here.sessionWith('1')
  const before = await here.fields(at, '1')
  done(await here.own('PUT', `${at.scans}/1?orientation=1&acqType=2`))
  assert.deepEqual(await here.fields(at, '1'), before)
})

test('scans 98: orientation is set on a PET scan', async () => {
  const at = await here.session()
  await here.put(at, '1', PET)
  await here.put(at, '1', 'orientation=1')
  assert.equal((await here.fields(at, '1'))['parameters/orientation'], 1)
})

test('scans 99: scanTime sets startTime', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '1', 'scanTime=10:12:33')
  assert.equal((await here.fields(at, '1'))['startTime'], '10:12:33')
})

test('scans section 4.3: every shortcut of all scans sets its field', async () => {
  const at = await here.sessionWith('1')
  const values = {
    type: 'T1',
    UID: '1.2.3',
    note: 'n',
    quality: 'usable',
    condition: 'c',
    series_description: 's',
    documentation: 'd',
    scanner: 'sc',
    modality: 'MR',
  }
  await here.put(at, '1', query({ ...values, frames: '3' }))
  assert.deepEqual(pick(await here.fields(at, '1'), [...Object.keys(values), 'frames']), { ...values, frames: 3 })
})

test('scans section 4.3: every MR shortcut sets its field, and is ignored on a PET scan', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '2', PET)
  const values = { coil: 'c', fieldStrength: '3.0', marker: 'm', stabilization: 's' }
  await here.put(at, '1', query(values))
  await here.put(at, '2', query(values))
  assert.deepEqual(pick(await here.fields(at, '1'), Object.keys(values)), values)
  for (const name of Object.keys(values)) assert.ok(!(name in (await here.fields(at, '2'))), name)
})

test('scans section 4.3: every PET shortcut sets its field', async () => {
  const at = await here.session()
  const whole = ['orientation', 'systemType', 'fileType', 'acqType', 'numPlanes', 'numGates', 'dataType']
  const real = ['transaxialFOV', 'planeSeparation', 'binSize']
  const text = ['originalFileName', 'facility']
  const values = [
    ...whole.map((name) => [name, '7']),
    ...real.map((name) => [name, '2.5']),
    ...text.map((name) => [name, 'x']),
  ]
  await here.put(at, '1', `${PET}&numFrames=4&${query(Object.fromEntries(values))}`)
  const fields = await here.fields(at, '1')
  for (const name of whole) assert.equal(fields[`parameters/${name}`], 7, name)
  for (const name of real) assert.equal(fields[`parameters/${name}`], 2.5, name)
  for (const name of text) assert.equal(fields[`parameters/${name}`], 'x', name)
  assert.equal(fields['parameters/frames/numFrames'], 4)
})

test('scans section 4.3: the validation shortcuts fill one child', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '1', 'validation_method=m&validation_notes=first')
  await here.put(at, '1', 'validation_notes=second&validation_status=ok&validation_date=2024-03-05')
  const child = (await here.item(at, '1')).children.find((each: ItemJson) => each.field === 'validation')
  assert.equal(child.items.length, 1)
  const { method, notes, status, date } = child.items[0].data_fields
  assert.deepEqual([method, notes, status, date], ['m', 'second', 'ok', '2024-03-05'])
})

test('scans section 4.5: repeated children of other types are kept', async () => {
  const at = await here.session()
  const frame = 'xnat:petScanData/parameters/frames/frame[0]'
  await here.put(at, '1', `${PET}&${frame}/number=1&${frame}/starttime=0&${frame}/length=2.5&${frame}/units=sec`)
  const child = (await here.item(at, '1')).children.find((each: ItemJson) => each.field === 'parameters/frames/frame')
  const { number, starttime, length, units } = child.items[0].data_fields
  assert.deepEqual([number, starttime, length, units], [1, 0, 2.5, 'sec'])
})

test('scans section 4.5: addParam is there for types with base fields only', async () => {
  const at = await here.session()
  await here.put(at, '1', 'xsiType=xnat:scScanData&xnat:scScanData/parameters/addParam[name=P]/addField=v')
  assert.deepEqual(await added(at), [['P', 'v']])
})

test('scans section 3.3: contrast agents are children of the scan', async () => {
  const at = await here.sessionWith('1')
  await here.put(at, '1', `${MR}&xnat:mrScanData/contrasts/contrastBolusV2[0]/agent=Gd`)
  const child = (await here.item(at, '1')).children.find((each: ItemJson) => each.field === 'contrasts/contrastBolusV2')
  assert.equal(child?.items[0].data_fields.agent, 'Gd')
})
