import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { faultOf } from '../../src/errors.ts'
import { itemToXml, xmlToItem } from '../../src/formats/item-xml.ts'
import { readXml } from '../../src/formats/xml-read.ts'
import type { Item } from '../../src/model/item.ts'
import { namespaces } from '../../src/model/namespaces.ts'
import { mrScan, notedScan, subject, types } from './items.ts'

const siteUrl = 'https://xnat.example.org'
const declared = Object.entries(namespaces)
  .map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`)
  .join('')
const location = 'xsi:schemaLocation="http://nrg.wustl.edu/xnat https://xnat.example.org/schemas/xnat/xnat.xsd"'

const scanXml = `<?xml version="1.0" encoding="UTF-8"?>
<xnat:MRScan ID="2" type="T1" UID="1.2.826.0.1.3680043.9.1.2" project="PRJ1"${declared} ${location}>
<!--hidden_fields[xnat_imagescandata_id="42"]-->
<xnat:image_session_ID>XNAT_E00012</xnat:image_session_ID>
<xnat:note>moved</xnat:note>
<xnat:quality>usable</xnat:quality>
<xnat:series_description>t1_mprage</xnat:series_description>
<xnat:scanner manufacturer="ACME" model="MODEL-T">SCANNER3</xnat:scanner>
<xnat:frames>176</xnat:frames>
<xnat:file label="DICOM" file_count="176" file_size="23200112" URI="/data/xnat/archive/PRJ1/arc001/MR01/SCANS/2/DICOM/DICOM_catalog.xml" format="DICOM" content="RAW" xsi:type="xnat:resourceCatalog">
<!--hidden_fields[xnat_imagescandata_xnat_imagescandata_id="42",xnat_abstractresource_id="77"]-->
</xnat:file>
<xnat:startTime>10:12:33</xnat:startTime>
<xnat:coil>HEAD_32</xnat:coil>
<xnat:fieldStrength>3.0</xnat:fieldStrength>
<xnat:parameters>
<xnat:voxelRes x="0.9375" y="0.9375" z="1.0"/>
<xnat:orientation>Sag</xnat:orientation>
<xnat:fov x="240" y="256"/>
<xnat:tr>2300.0</xnat:tr>
<xnat:addParam name="PhaseEncoding">
<!--hidden_fields[xnat_addField_id="9"]-->A&gt;&gt;P</xnat:addParam>
</xnat:parameters>
</xnat:MRScan>`

/** What a document says: without keys and versions. */
const told = (item: Item): Item => ({
  type: item.type,
  fields: item.fields,
  children: Object.fromEntries(Object.entries(item.children).map(([path, items]) => [path, items.map(told)])),
})

const root = 'xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
const read = (text: string, expect?: string) => xmlToItem(types, readXml(text), { expect })
const faultIn = (text: string, expect?: string) => {
  try {
    read(text, expect)
  } catch (error) {
    return faultOf(error)
  }
  return undefined
}

describe('itemToXml', () => {
  it('scans 66, 67, 68: writes the MR scan in schema order', () => {
    assert.equal(itemToXml(types, notedScan, { siteUrl }), scanXml)
  })

  it('scans 69, 143: drops the comments when hidden fields are concealed', () => {
    const xml = itemToXml(types, notedScan, { siteUrl, concealHidden: true })
    assert.doesNotMatch(xml, /<!--/)
    assert.match(xml, /<xnat:addParam name="PhaseEncoding">A&gt;&gt;P<\/xnat:addParam>/)
    assert.match(xml, / content="RAW" xsi:type="xnat:resourceCatalog"\/>/)
  })

  it('puts the text of a parameter after a newline and a comment even where no key is known', () => {
    const params = [{ type: 'xnat:addField', fields: { name: 'foo', addField: 'foostring' }, children: {} }]
    const xml = itemToXml(types, { ...mrScan, children: { 'parameters/addParam': params } }, { siteUrl })
    assert.match(xml, /<xnat:addParam name="foo">\n<!--hidden_fields\[\]-->foostring<\/xnat:addParam>/)
  })

  it('hierarchy 23: names the actual type exactly where it is not the declared one', () => {
    const xml = itemToXml(types, subject, { siteUrl })
    assert.match(xml, /<xnat:demographics xsi:type="xnat:demographicData">/)
    assert.match(xml, /<xnat:experiment ID="XNAT_E00001" project="P1" label="mr1" xsi:type="xnat:mrSessionData">/)
    assert.match(xml, /<xnat:scan ID="1" type="T1" xsi:type="xnat:mrScanData">/)
    assert.match(xml, /<xnat:field name="test01">\n<!--/)
  })

  it('writes a container only when something inside has a value', () => {
    const xml = itemToXml(types, { type: 'xnat:mrScanData', fields: { ID: '1' }, children: {} }, { siteUrl })
    assert.doesNotMatch(xml, /parameters|scanner|sharing/)
  })

  it('writes booleans as digits and date-times with a T', () => {
    const step = {
      type: 'prov:processStep',
      fields: { program: 'x', timestamp: '2024-03-05 10:00:00.0' },
      children: {},
    }
    const provenance = [{ type: 'prov:process', fields: {}, children: { processStep: [step] } }]
    const item = { type: 'xnat:qcAssessmentData', fields: { ID: 'A' }, children: { provenance } }
    assert.match(itemToXml(types, item, { siteUrl }), /<prov:timestamp>2024-03-05T10:00:00.0<\/prov:timestamp>/)
    const scan = { type: 'xnat:mrScanData', fields: { 'dcmValidation/status': true }, children: {} }
    assert.match(itemToXml(types, scan, { siteUrl }), /<xnat:dcmValidation status="1"\/>/)
  })

  it('escapes every value', () => {
    const fields = { ID: '"<1>&', note: ']]> & <b>\u0000\n' }
    const xml = itemToXml(types, { type: 'xnat:mrScanData', fields, children: {} }, { siteUrl })
    assert.deepEqual(read(xml).item.fields, { ID: '"<1>&', note: ']]> & <b>\ufffd' })
  })
})

describe('xmlToItem', () => {
  it('reads what itemToXml wrote', () => {
    for (const item of [mrScan, notedScan, subject]) {
      assert.deepEqual(read(itemToXml(types, item, { siteUrl })), { item: told(item), faults: [] })
    }
  })

  it('takes the type from the root element or from xsi:type', () => {
    assert.equal(read(`<xnat:MRScan ${root} ID="1"/>`).item.type, 'xnat:mrScanData')
    assert.equal(read(`<xnat:scan ${root} xsi:type="xnat:mrScanData" ID="1"/>`).item.type, 'xnat:mrScanData')
    assert.equal(read('<MRScan xmlns="http://nrg.wustl.edu/xnat" ID="1"/>').item.type, 'xnat:mrScanData')
    assert.equal(read('<q:MRScan xmlns:q="http://nrg.wustl.edu/xnat" ID="1"/>').item.type, 'xnat:mrScanData')
  })

  it('takes elements in any order and joins two of one container', () => {
    const xml = `<xnat:MRScan ${root}><xnat:parameters><xnat:tr>1</xnat:tr></xnat:parameters><xnat:note>n</xnat:note>
      <xnat:parameters><xnat:te>2</xnat:te></xnat:parameters></xnat:MRScan>`
    assert.deepEqual(read(xml).item.fields, { 'parameters/tr': 1, note: 'n', 'parameters/te': 2 })
  })

  it('takes empty elements and attributes for not sent', () => {
    const xml = `<xnat:MRScan ${root} ID="" type=" T1"><xnat:note/><xnat:frames> </xnat:frames><xnat:validation/></xnat:MRScan>`
    assert.deepEqual(read(xml).item, { type: 'xnat:mrScanData', fields: { type: ' T1' }, children: {} })
  })

  it('names an unknown element, attribute or type', () => {
    const start = `An error occurred with the XML parser. Note that this doesn't mean that there is an issue with the XML itself: `
    const uri = 'http://nrg.wustl.edu/xnat'
    const cases = [
      [`<xnat:MRScan ${root}><xnat:bogus/></xnat:MRScan>`, 'bogus'],
      [`<xnat:MRScan ${root} bogus="1"/>`, 'bogus'],
      [`<xnat:Bogus ${root}/>`, 'Bogus'],
      [`<xnat:Bogus ${root} xsi:type="xnat:bogusData"/>`, 'bogusData'],
      [`<xnat:MRScan ${root}><xnat:parameters><xnat:bogus/></xnat:parameters></xnat:MRScan>`, 'bogus'],
      [`<xnat:MRScan ${root}><xnat:file xsi:type="xnat:mrScanData"/></xnat:MRScan>`, 'file'],
      [`<xnat:MRScan ${root}><xnat:file xsi:type="xnat:constructor"/></xnat:MRScan>`, 'constructor'],
    ] as const
    for (const [xml, name] of cases) {
      assert.deepEqual(faultIn(xml), {
        kind: 'unreadable',
        what: 'XML',
        because: `${start}Invalid Element '${uri}:${name}'`,
      })
    }
    assert.match(faultIn('<MRScan/>')?.because ?? '', /Invalid Element ':MRScan'$/)
  })

  it('refuses a document of another type than the place takes', () => {
    assert.equal(
      faultIn(`<xnat:MRSession ${root}/>`, 'xnat:imageScanData')?.because,
      'Expected: xnat:imageScanData Received: xnat:mrSessionData',
    )
    assert.equal(read(`<xnat:MRScan ${root}/>`, 'xnat:imageScanData').item.type, 'xnat:mrScanData')
  })

  it('lists the values that a field cannot hold, one line each', () => {
    const long = 'x'.repeat(300)
    const xml = `<xnat:MRScan ${root}><xnat:quality>${long}</xnat:quality><xnat:frames>abc</xnat:frames>
      <xnat:parameters><xnat:tr>fast</xnat:tr><xnat:te>1e400</xnat:te></xnat:parameters><xnat:dcmValidation status="maybe"/></xnat:MRScan>`
    const start = `The content of element 'xnat:mrScanData' is not complete. '{"http://nrg.wustl.edu/xnat":`
    assert.deepEqual(read(xml), {
      item: { type: 'xnat:mrScanData', fields: {}, children: {} },
      faults: [
        `${start}quality}' Must Be Less Than 255 Characters : Current Length (300)`,
        `${start}frames}' Must Be A Valid Integer`,
        `${start}parameters/tr}' Must Be A Valid Float`,
        `${start}parameters/te}' Must Be A Valid Float`,
        `${start}dcmValidation/status}' Must Be A Valid Boolean`,
      ],
    })
  })
})
