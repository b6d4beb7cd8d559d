import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { multipart, type Options } from '../../support/caller.ts'
import { done, type ItemJson, MR, openSetting, refused, type Session, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

const XNAT = 'xmlns:xnat="http://nrg.wustl.edu/xnat"'

const document = (inner = '', attributes = '', root = 'xnat:MRScan') =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root} ${attributes} ${XNAT}>${inner}</${root}>`

const xml = (body: string, type = 'text/xml'): Options => ({ headers: { 'content-type': type }, body })

const FORM = 'application/x-www-form-urlencoded'

const pick = async (at: Session, scan: string, ...names: string[]) => {
  const row = await here.row(at, scan)
  return names.map((name) => row[name])
}

for (const type of ['text/xml', 'application/xml', 'text/xml; charset=UTF-8']) {
  test(`scans 104: a document sent as ${type} makes a scan`, async () => {
    const at = await here.session()
    const body = document(
      '<xnat:note>Grüße &amp; &lt;x&gt;</xnat:note><xnat:parameters><xnat:voxelRes x="1.5"/><xnat:tr>2300.0</xnat:tr></xnat:parameters>',
      'ID="11" type="T1"',
    )
    done(await here.own('PUT', `${at.scans}/11`, xml(body, type)))
    assert.deepEqual(await pick(at, '11', 'xsiType', 'type', 'note'), ['xnat:mrScanData', 'T1', 'Grüße & <x>'])
    const fields = await here.fields(at, '11')
    assert.deepEqual([fields['parameters/voxelRes/x'], fields['parameters/tr']], [1.5, 2300])
  })
}

for (const query of ['req_format=xml', 'inbody=true']) {
  test(`scans 104: ${query} makes a body without a type of its own a document`, async () => {
    const at = await here.session()
    done(await here.own('PUT', `${at.scans}/11?${query}`, xml(document('', 'type="T1"'), 'application/octet-stream')))
    assert.deepEqual(await pick(at, '11', 'type'), ['T1'])
  })
}

for (const query of ['req_format=xml', 'inbody=true']) {
  test(`scans 104: with ${query} a body is a document also where its type says form, as curl has it`, async () => {
    const at = await here.session()
    done(await here.own('PUT', `${at.scans}/11?${query}&note=q`, xml(document('', 'type="T1"'), FORM)))
    assert.deepEqual(await pick(at, '11', 'type', 'note'), ['T1', 'q'])
  })
}

test('scans section 4.2: an .xml part of a multipart body is a document', async () => {
  const at = await here.session()
  const body = document('<xnat:note>part</xnat:note>', 'type="T1"')
  const { headers, body: bytes } = multipart([{ field: 'scan', filename: 'scan.xml', type: 'text/xml', body }])
  done(await here.own('PUT', `${at.scans}/11`, { headers, body: bytes }))
  assert.deepEqual(await pick(at, '11', 'type', 'note'), ['T1', 'part'])
})

test('scans section 4.2: a document may come without a length', async () => {
  const at = await here.session()
  done(await here.own('PUT', `${at.scans}/11`, { ...xml(document('', 'type="T1"')), chunked: true }))
  assert.deepEqual(await pick(at, '11', 'type'), ['T1'])
})

test('scans section 4.2: a document changes a scan and leaves what it does not name', async () => {
  const at = await here.session()
  await here.put(at, '11', `${MR}&type=T1&quality=usable`)
  done(await here.own('PUT', `${at.scans}/11`, xml(document('<xnat:note>n</xnat:note>', 'ID="11"'))))
  assert.deepEqual(await pick(at, '11', 'type', 'quality', 'note'), ['T1', 'usable', 'n'])
})

for (const flag of ['true', 'false']) {
  test(`scans section 4.2: nor does it take anything away with allowDataDeletion=${flag}`, async () => {
    const at = await here.session()
    const param = 'xnat:mrScanData/parameters/addParam[name=P]/addField=v'
    await here.put(at, '11', `${MR}&type=T1&quality=usable&validation_status=ok&${param}`)
    const { children } = await here.item(at, '11')
    assert.equal(children.length, 2)
    const body = xml(document('<xnat:note>n</xnat:note>', 'ID="11"'))
    done(await here.own('PUT', `${at.scans}/11?allowDataDeletion=${flag}`, body))
    assert.deepEqual(await pick(at, '11', 'type', 'quality', 'note'), ['T1', 'usable', 'n'])
    const fields = (item: ItemJson) => item.children.map((child: ItemJson) => child.items[0].data_fields)
    assert.deepEqual(fields(await here.item(at, '11')), fields({ children }))
  })
}

test('scans section 4.2: the order of elements does not matter, and any prefix will do', async () => {
  const at = await here.session()
  const body = `<x:MRScan xmlns:x="http://nrg.wustl.edu/xnat" type="T1"><x:fieldStrength>3.0</x:fieldStrength><x:quality>usable</x:quality><x:note>n</x:note></x:MRScan>`
  done(await here.own('PUT', `${at.scans}/1`, xml(body)))
  const bare = `<MRScan xmlns="http://nrg.wustl.edu/xnat" type="T2"><quality>usable</quality></MRScan>`
  done(await here.own('PUT', `${at.scans}/2`, xml(bare)))
  assert.deepEqual(await pick(at, '1', 'type', 'quality', 'note'), ['T1', 'usable', 'n'])
  assert.deepEqual(await pick(at, '2', 'type', 'quality'), ['T2', 'usable'])
})

test('scans 105: the query wins over the document', async () => {
  const at = await here.session()
  const body = document('<xnat:note>document</xnat:note><xnat:quality>usable</xnat:quality>')
  done(await here.own('PUT', `${at.scans}/11?note=q`, xml(body)))
  assert.deepEqual(await pick(at, '11', 'note', 'quality'), ['q', 'usable'])
})

test('scans 106: a document that is not well-formed is unreadable', async () => {
  const at = await here.session()
  for (const body of ['<xnat:MRScan', document('<xnat:note>'), 'no markup at all', document('&undefined;')]) {
    refused(await here.own('PUT', `${at.scans}/11`, xml(body)), 422, /^An error occurred parsing the XML: ./)
  }
  assert.deepEqual(await here.ids(at), [])
})

const UNKNOWN =
  /^An error occurred with the XML parser. Note that this doesn't mean that there is an issue with the XML itself: /

for (const [what, body] of [
  ['element', document('<xnat:bogus>1</xnat:bogus>')],
  ['attribute', document('', 'bogus="1"')],
  ['data type', document('', '', 'xnat:BogusScan')],
  ['namespace', '<a:MRScan xmlns:a="http://example.org/a"/>'],
  ['nested element', document('<xnat:parameters><xnat:bogus>1</xnat:bogus></xnat:parameters>')],
] as const) {
  test(`scans section 4.2: an unknown ${what} in a document is refused`, async () => {
    const at = await here.session()
    refused(await here.own('PUT', `${at.scans}/11`, xml(body)), 422, UNKNOWN)
    assert.deepEqual(await here.ids(at), [])
  })
}

test('scans section 4.2: the unknown element is named with its namespace', async () => {
  const at = await here.session()
  const reply = await here.own('PUT', `${at.scans}/11`, xml(document('<xnat:bogus>1</xnat:bogus>')))
  refused(reply, 422, /Invalid Element 'http:\/\/nrg\.wustl\.edu\/xnat:bogus'/)
})

test('scans section 4.2: a DOCTYPE is refused before anything in it is looked at', async () => {
  const at = await here.session()
  const entities = Array.from({ length: 12 }, (_, n) => `<!ENTITY e${n + 1} "&e${n};&e${n};&e${n};&e${n};">`).join('')
  for (const type of [
    '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    `<!DOCTYPE r [<!ENTITY e0 "lol">${entities}]>`,
    '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">',
    '<!DOCTYPE MRScan>',
  ]) {
    const body = document('<xnat:note>&x;</xnat:note>').replace('?>\n', `?>${type}\n`)
    const reply = await here.own('PUT', `${at.scans}/11`, xml(body))
    refused(reply, 422)
    assert.ok(!reply.text.includes('root:'))
  }
  assert.deepEqual(await here.ids(at), [])
})

test('scans section 4.2: wrong values in a document are told like those of a query', async () => {
  const at = await here.session()
  refused(
    await here.own('PUT', `${at.scans}/11`, xml(document('<xnat:frames>abc</xnat:frames>'))),
    400,
    /Must Be A Valid Integer/,
  )
  assert.deepEqual(await here.ids(at), [])
})

test('scans section 4.1: a document of a session is no scan', async () => {
  const at = await here.session()
  refused(await here.own('PUT', `${at.scans}/11`, xml(document('', '', 'xnat:MRSession'))), 400, /^Only Scan documents/)
  assert.deepEqual(await here.ids(at), [])
})

test('scans section 4.1: a document of another type than the scan has is a conflict', async () => {
  const at = await here.sessionWith('11')
  const body = document('<xnat:note>n</xnat:note>', '', 'xnat:PETScan')
  refused(await here.own('PUT', `${at.scans}/11`, xml(body)), 409, 'Specified xsiType differs from existing xsiType')
  assert.deepEqual(await pick(at, '11', 'note', 'xsiType'), ['', 'xnat:mrScanData'])
})

test('scans section 4.2: the ID of the document wins over that of the path', async () => {
  const at = await here.session()
  done(await here.own('PUT', `${at.scans}/11`, xml(document('', 'ID="12"'))))
  assert.deepEqual(await here.ids(at), ['12'])
})

test('scans section 4.2: the session in a document is replaced by that of the path', async () => {
  const [at, other] = [await here.session(), await here.session()]
  const body = document(`<xnat:image_session_ID>${other.id}</xnat:image_session_ID>`)
  done(await here.own('PUT', `${at.scans}/11`, xml(body)))
  assert.equal((await here.fields(at, '11'))['image_session_ID'], at.id)
  assert.deepEqual(await here.ids(other), [])
})

test('scans section 4.2: the document of a scan can be sent back and changes nothing', async () => {
  const at = await here.session()
  await here.put(at, '1', `${MR}&type=T1&note=n&scanTime=10:12:33&frames=3&xnat:mrScanData/parameters/tr=2300`)
  await here.put(at, '1', 'xnat:mrScanData/parameters/addParam[name=P]/addField=v&validation_method=m')
  await here.store(at, '1', 'DICOM/files/a.dcm', 'some bytes')
  const before = await here.item(at, '1')
  const { text } = await here.own('GET', `${at.scans}/1?format=xml`)
  done(await here.own('PUT', `${at.scans}/1`, xml(text)))
  const later = await here.item(at, '1')
  assert.deepEqual(later.data_fields, before.data_fields)
  const values = (item: ItemJson) =>
    item.children.map((child: ItemJson) => [child.field, child.items.map((each: ItemJson) => each.data_fields)])
  assert.deepEqual(values(later), values(before))
})

test('scans section 4.2: the document of a scan makes the same scan in another session', async () => {
  const [at, other] = [await here.session(), await here.session()]
  await here.put(at, '1', `${MR}&type=T1&note=n&frames=3&xnat:mrScanData/parameters/tr=2300`)
  await here.put(at, '1', 'xnat:mrScanData/parameters/addParam[name=P]/addField=v')
  const { text } = await here.own('GET', `${at.scans}/1?format=xml`)
  done(await here.own('PUT', `${other.scans}/1`, xml(text)))
  const item = await here.item(other, '1')
  const { note, type, frames, image_session_ID, 'parameters/tr': tr } = item.data_fields
  assert.deepEqual([note, type, frames, tr, image_session_ID], ['n', 'T1', 3, 2300, other.id])
  assert.equal(item.children[0].items[0].data_fields.addField, 'v')
})

test('scans section 4.2: white space round a value does not count', async () => {
  const at = await here.session()
  const inner = '<xnat:note>\n  <!-- why -->\n  n  \n</xnat:note><xnat:frames> 3 </xnat:frames>'
  done(await here.own('PUT', `${at.scans}/1`, xml(document(inner))))
  const fields = await here.fields(at, '1')
  assert.deepEqual([fields['note'], fields['frames']], ['n', 3])
})

test('scans 107: a form body is read with req_format=form', async () => {
  const at = await here.session()
  const body = 'xsiType=xnat:mrScanData&type=T2&note=a+b%26c'
  done(await here.own('PUT', `${at.scans}/12?req_format=form`, xml(body, FORM)))
  assert.deepEqual(await pick(at, '12', 'type', 'note'), ['T2', 'a b&c'])
})

test('scans 107: the content type of a form is enough', async () => {
  const at = await here.session()
  done(await here.own('PUT', `${at.scans}/12`, xml('xsiType=xnat%3AmrScanData&xnat%3AmrScanData%2Ftype=T2', FORM)))
  assert.deepEqual(await pick(at, '12', 'type'), ['T2'])
})

test('scans 107: the query wins over the form', async () => {
  const at = await here.session()
  done(await here.own('PUT', `${at.scans}/12?type=T3`, xml('xsiType=xnat:mrScanData&type=T2&note=n', FORM)))
  assert.deepEqual(await pick(at, '12', 'type', 'note'), ['T3', 'n'])
})

test('scans 107: the fields of a multipart form are read with req_format=form', async () => {
  const at = await here.session()
  const { headers, body } = multipart([
    { field: 'xsiType', body: 'xnat:mrScanData' },
    { field: 'note', body: 'Grüße' },
  ])
  done(await here.own('PUT', `${at.scans}/12?req_format=form`, { headers, body }))
  assert.deepEqual(await pick(at, '12', 'note'), ['Grüße'])
})

test('scans section 4.2: a body of another kind is not read', async () => {
  const at = await here.session()
  done(await here.own('PUT', `${at.scans}/1?${MR}&type=T1`, xml('{"note":"x"}', 'application/json')))
  assert.deepEqual(await pick(at, '1', 'type', 'note'), ['T1', ''])
})

test('clients 1.4: a label on the document of a scan is passed over, as pyxnat sends it', async () => {
  const at = await here.session()
  const body = document('<xnat:quality>usable</xnat:quality>').replace('<xnat:MRScan ', '<xnat:MRScan label="11" ')
  assert.match(body, /label="11"/)
  assert.equal((await here.own('PUT', `${at.scans}/11`, xml(body))).status, 200)
  assert.deepEqual(await here.ids(at), ['11'])
})
