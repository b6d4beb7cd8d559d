import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { itemToJson } from '../../src/formats/item-json.ts'
import { mrScan, subject, types } from './items.ts'

const only = (text: string) => JSON.parse(text).items[0]

const scan = {
  items: [
    {
      children: [
        {
          field: 'file',
          items: [
            {
              children: [],
              meta: {
                create_event_id: 118,
                'xsi:type': 'xnat:resourceCatalog',
                isHistory: false,
                start_date: 'Tue Mar 05 14:02:31 UTC 2024',
              },
              data_fields: {
                file_count: 176,
                xnat_abstractresource_id: 77,
                format: 'DICOM',
                label: 'DICOM',
                URI: '/data/xnat/archive/PRJ1/arc001/MR01/SCANS/2/DICOM/DICOM_catalog.xml',
                content: 'RAW',
                file_size: 23200112,
              },
            },
          ],
        },
        {
          field: 'parameters/addParam',
          items: [
            {
              children: [],
              meta: {
                create_event_id: 118,
                'xsi:type': 'xnat:addField',
                isHistory: false,
                start_date: 'Tue Mar 05 14:02:31 UTC 2024',
              },
              data_fields: { addField: 'A>>P', name: 'PhaseEncoding', xnat_addField_id: 9 },
            },
          ],
        },
      ],
      meta: {
        create_event_id: 117,
        'xsi:type': 'xnat:mrScanData',
        isHistory: false,
        start_date: 'Tue Mar 05 14:02:29 UTC 2024',
      },
      data_fields: {
        series_description: 't1_mprage',
        'scanner/manufacturer': 'ACME',
        image_session_ID: 'XNAT_E00012',
        project: 'PRJ1',
        type: 'T1',
        xnat_imageScanData_id: 42,
        xnat_imagescandata_id: 42,
        'parameters/voxelRes/x': 0.9375,
        'parameters/voxelRes/y': 0.9375,
        'parameters/voxelRes/z': 1,
        scanner: 'SCANNER3',
        startTime: '10:12:33',
        'parameters/imageType': 'ORIGINAL\\PRIMARY\\M\\ND',
        ID: '2',
        coil: 'HEAD_32',
        'parameters/pixelBandwidth': 219.5,
        frames: 176,
        'parameters/fov/x': 240,
        'parameters/fov/y': 256,
        'parameters/tr': 2300,
        quality: 'usable',
        UID: '1.2.826.0.1.3680043.9.1.2',
        'parameters/orientation': 'Sag',
        fieldStrength: '3.0',
        'scanner/model': 'MODEL-T',
        'parameters/acqType': '3D',
      },
    },
  ],
}

describe('itemToJson', () => {
  it('scans 60, 61, 63, 65: writes the MR scan with its folder and parameter', () => {
    assert.deepEqual(JSON.parse(itemToJson(types, [mrScan])), scan)
  })

  it('scans 62, 64: writes one line without blanks of its own, and only what holds a value', () => {
    const text = itemToJson(types, [{ ...mrScan, children: {}, fields: { ID: '2', frames: 176 } }])
    assert.equal(
      text,
      '{"items":[{"children":[],"meta":{"create_event_id":117,"xsi:type":"xnat:mrScanData","isHistory":false,"start_date":"Tue Mar 05 14:02:29 UTC 2024"},"data_fields":{"xnat_imageScanData_id":42,"xnat_imagescandata_id":42,"ID":"2","frames":176}}]}',
    )
  })

  it('scans 59: writes start dates in UTC as Java does, days with two digits', () => {
    const start = only(itemToJson(types, [mrScan])).meta.start_date
    assert.match(start, /^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4}$/)
  })

  it('writes a key in lower case once', () => {
    const fields = only(itemToJson(types, [subject])).children[0].items[0].data_fields
    assert.deepEqual(fields, {
      xnat_abstractdemographicdata_id: 7,
      dob: '1990-01-01',
      gender: 'male',
      handedness: 'right',
    })
  })

  it('nests children in document order and gives parts the version of what holds them', () => {
    const read = only(itemToJson(types, [subject]))
    assert.deepEqual(
      read.children.map((child: { field: string }) => child.field),
      ['demographics', 'experiments/experiment'],
    )
    const session = read.children[1].items[0]
    assert.deepEqual(
      session.children.map((child: { field: string }) => child.field),
      ['fields/field', 'scans/scan'],
    )
    assert.deepEqual(session.meta, {
      create_event_id: 41,
      'xsi:type': 'xnat:mrSessionData',
      isHistory: false,
      start_date: 'Fri Mar 01 10:20:30 UTC 2024',
    })
    assert.deepEqual(session.children[0].items[0].data_fields, { name: 'test01', field: '12' })
  })

  it('writes booleans as strings, and NaN', () => {
    const fields = {
      ID: '1',
      'parameters/tr': 'NaN',
      'dcmValidation/status': true,
    }
    const read = only(itemToJson(types, [{ type: 'xnat:mrScanData', fields, children: {} }])).data_fields
    assert.deepEqual([read['parameters/tr'], read['dcmValidation/status']], ['NaN', 'true'])
  })

  it('adds former versions as further items', () => {
    const former = {
      ...mrScan,
      meta: {
        createEventId: 100,
        startDate: '2024-03-04T00:00:00Z',
        isHistory: true,
        modifiedEventId: 117,
        endDate: '2024-03-05T14:02:29Z',
      },
    }
    const items = JSON.parse(itemToJson(types, [mrScan, former])).items
    assert.deepEqual(items[1].meta, {
      create_event_id: 100,
      'xsi:type': 'xnat:mrScanData',
      isHistory: true,
      start_date: 'Mon Mar 04 00:00:00 UTC 2024',
      modified_event_id: 117,
      end_date: 'Tue Mar 05 14:02:29 UTC 2024',
    })
  })

  it('scans 72: lists the field names seen at each level when asked for headers', () => {
    const read = JSON.parse(itemToJson(types, [mrScan], { headers: true }))
    assert.deepEqual(read.headers, Object.keys(read.items[0].data_fields))
    assert.deepEqual(read.items[0].children[1].headers, ['xnat_addField_id', 'name', 'addField'])
    assert.equal('headers' in JSON.parse(itemToJson(types, [mrScan])), false)
  })

  it('passes over values that no declared field has', () => {
    const read = only(itemToJson(types, [{ type: 'xnat:mrScanData', fields: { ID: '1', bogus: 'x' }, children: {} }]))
    assert.deepEqual(read.data_fields, { ID: '1' })
  })
})
