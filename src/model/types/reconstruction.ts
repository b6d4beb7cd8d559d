import { dataType, type TypeDecl } from '../dictionary.ts'
import { addParams, provenance } from './parts.ts'

const reconstructedImage = dataType({
  name: 'xnat:reconstructedImageData',
  identifier: 'ID',
  root: 'ReconstructedImage',
  singular: 'Reconstructed Image',
  plural: 'Reconstructed Images',
  key: 'xnat_reconstructedimagedata_id',
  fields: {
    ID: { kind: 'string', attribute: true },
    type: { kind: 'string', attribute: true },
    baseScanType: { kind: 'string', attribute: true },
    image_session_ID: { kind: 'string', readonly: true },
    'inScans/scanID': { child: 'xnat:reconstructedImageData_scanID', many: true, key: ['scanID'] },
    'in/file': { child: 'xnat:abstractResource', many: true, key: ['label'], rows: 'in' },
    'out/file': { child: 'xnat:abstractResource', many: true, key: ['label'], rows: 'out' },
    provenance,
    'parameters/addParam': addParams,
    'computations/datum': { child: 'xnat:computationData', many: true, key: ['name', 'source'] },
  },
})

const inScan = dataType({
  name: 'xnat:reconstructedImageData_scanID',
  key: 'xnat_reconstructedImageData_scanID_id',
  text: 'scanID',
  fields: { scanID: { kind: 'string' } },
})

export const reconstructionTypes: readonly TypeDecl[] = [reconstructedImage, inScan]
