import { dataType, type TypeDecl } from '../dictionary.ts'
import { addParams, namedValues } from './parts.ts'

const imageAssessor = dataType({
  name: 'xnat:imageAssessorData',
  abstract: true,
  singular: 'Image Assessor',
  plural: 'Image Assessors',
  extends: 'xnat:derivedData',
  fields: {
    'in/file': { child: 'xnat:abstractResource', many: true, key: ['label'], rows: 'in' },
    'out/file': { child: 'xnat:abstractResource', many: true, key: ['label'], rows: 'out' },
    imageSession_ID: { kind: 'string', readonly: true },
    'parameters/addParam': addParams,
  },
})

const mrAssessor = dataType({
  name: 'xnat:mrAssessorData',
  singular: 'MR Assessor',
  plural: 'MR Assessors',
  extends: 'xnat:imageAssessorData',
  fields: {},
})

const petAssessor = dataType({
  name: 'xnat:petAssessorData',
  singular: 'PET Assessor',
  plural: 'PET Assessors',
  extends: 'xnat:imageAssessorData',
  fields: {},
})

// The original has an element `protocol` here too, which cannot be told from the attribute of all experiments.
const qcManualAssessor = dataType({
  name: 'xnat:qcManualAssessorData',
  root: 'QCManualAssessment',
  singular: 'Manual QC',
  plural: 'Manual QCs',
  extends: 'xnat:imageAssessorData',
  fields: {
    rater: { kind: 'string', label: 'Rater' },
    stereotacticMarker: { kind: 'string' },
    incidentalFindings: { kind: 'string', max: 1000 },
    'scans/scan': { child: 'xnat:qcScanData', many: true, key: ['imageScan_ID'] },
    comments: { kind: 'string', max: 1000, label: 'Comments' },
    pass: { kind: 'string', label: 'Pass' },
    payable: { kind: 'string' },
    rescan: { kind: 'string' },
    rescan_reason: { kind: 'string', max: 1000 },
    recommendation: { kind: 'string', max: 1000 },
    resolvable: { kind: 'string' },
    retrain: { kind: 'string' },
    protocolComments: { kind: 'string', max: 1000 },
  },
})

const qcScan = dataType({
  name: 'xnat:qcScanData',
  identifier: 'imageScan_ID',
  key: 'xnat_qcscandata_id',
  fields: {
    imageScan_ID: { kind: 'string' },
    rater: { kind: 'string' },
    coverage: { kind: 'string' },
    motion: { kind: 'string' },
    otherImageArtifacts: { kind: 'string', max: 1000 },
    comments: { kind: 'string', max: 10000 },
    pass: { kind: 'string' },
    rating: { kind: 'string' },
    'rating/scale': { kind: 'string', attribute: true },
    'fields/field': { child: 'xnat:qcScanData_field', many: true, key: ['name'] },
  },
})

const mrQcScan = dataType({
  name: 'xnat:mrQcScanData',
  extends: 'xnat:qcScanData',
  fields: {
    blurring: { kind: 'string' },
    flow: { kind: 'string' },
    imageContrast: { kind: 'string' },
    inhomogeneity: { kind: 'string' },
    wrap: { kind: 'string' },
    susceptibility: { kind: 'string' },
    interpacMotion: { kind: 'string' },
    blood: { kind: 'string' },
    ghosting: { kind: 'string' },
  },
})

const ctQcScan = dataType({
  name: 'xnat:ctQcScanData',
  extends: 'xnat:qcScanData',
  fields: { ct: { kind: 'string' } },
})

const petQcScan = dataType({
  name: 'xnat:petQcScanData',
  extends: 'xnat:qcScanData',
  fields: {
    acquisition: { kind: 'string' },
    correctReconstructionAlgorithm: { kind: 'string' },
    reconstructionAlgorithmUsed: { kind: 'string' },
    correctIterationsAndSubsets: { kind: 'string' },
    correctFilters: { kind: 'string' },
    correctSliceThickness: { kind: 'string' },
    acceptableVoxelSize: { kind: 'string' },
    unacceptableFrames: { kind: 'string' },
    reasonFramesUnacceptable: { kind: 'string' },
    'processingErrors/processingError': {
      child: 'xnat:petQcScanData_processingError',
      many: true,
      key: ['processingError'],
    },
    qcOutcome: { kind: 'string' },
    qcOutcomeReason: { kind: 'string' },
    topCutoff: { kind: 'string' },
    bottomCutoff: { kind: 'string' },
  },
})

const processingError = dataType({
  name: 'xnat:petQcScanData_processingError',
  key: 'xnat_petQcScanData_processingError_id',
  text: 'processingError',
  fields: { processingError: { kind: 'string' } },
})

const otherQcScan = dataType({
  name: 'xnat:otherQcScanData',
  extends: 'xnat:qcScanData',
  fields: { other: { kind: 'string' } },
})

const qcAssessment = dataType({
  name: 'xnat:qcAssessmentData',
  root: 'QCAssessment',
  singular: 'Auto QC',
  plural: 'Auto QCs',
  extends: 'xnat:mrAssessorData',
  fields: {
    type: { kind: 'string', attribute: true },
    'scans/scan': { child: 'xnat:qcAssessmentData_scan', many: true, key: ['id', 'imageScan_ID'] },
  },
})

const qcAssessedScan = dataType({
  name: 'xnat:qcAssessmentData_scan',
  key: 'xnat_qcAssessmentData_scan_id',
  fields: {
    id: { kind: 'string', attribute: true },
    imageScan_ID: { kind: 'string' },
    'sliceQC/slice': { child: 'xnat:qcAssessmentData_scan_slice', many: true, key: ['number'] },
    scanStatistics: { child: 'xnat:abstractStatistics', many: false },
  },
})

const qcAssessedSlice = dataType({
  name: 'xnat:qcAssessmentData_scan_slice',
  key: 'xnat_qcAssessmentData_scan_slice_id',
  fields: {
    number: { kind: 'string', attribute: true },
    sliceStatistics: { child: 'xnat:abstractStatistics', many: false },
  },
})

const abstractStatistics = dataType({
  name: 'xnat:abstractStatistics',
  abstract: true,
  key: 'xnat_abstractStatistics_id',
  fields: {},
})

const statistics = dataType({
  name: 'xnat:statisticsData',
  extends: 'xnat:abstractStatistics',
  fields: {
    mean: { kind: 'float' },
    snr: { kind: 'float' },
    min: { kind: 'float' },
    max: { kind: 'float' },
    stddev: { kind: 'float' },
    no_of_voxels: { kind: 'integer' },
    additionalStatistics: { child: 'xnat:statisticsData_additionalStatistics', many: true, key: ['name'] },
    addField: { child: 'xnat:statisticsData_addField', many: true, key: ['name'] },
  },
})

const volumetricRegion = dataType({
  name: 'xnat:volumetricRegion',
  identifier: 'name',
  key: 'xnat_volumetricRegion_id',
  fields: {
    name: { kind: 'string', attribute: true },
    units: { kind: 'string', attribute: true },
    voxels: { kind: 'integer', attribute: true },
    hemisphere: { kind: 'string', attribute: true, values: ['both', 'left', 'right'] },
    'subregions/subregion': { child: 'xnat:volumetricRegion_subregion', many: true, key: ['name'] },
  },
})

const subregion = dataType({
  name: 'xnat:volumetricRegion_subregion',
  key: 'xnat_volumetricRegion_subregion_id',
  fields: { name: { kind: 'string', attribute: true }, voxels: { kind: 'float', attribute: true } },
})

const protocolCheck = dataType({
  name: 'val:protocolData',
  root: 'ProtocolVal',
  singular: 'Protocol Validation',
  plural: 'Protocol Validations',
  extends: 'xnat:imageAssessorData',
  fields: {
    'check/status': { kind: 'string', attribute: true },
    'check/conditions/condition': { child: 'val:protocolData_condition', many: true, key: ['ID'] },
    'check/comments/comment': { child: 'val:protocolData_comment', many: true, key: ['dateTime'] },
    'scans/scan_check': { child: 'val:protocolData_scan_check', many: true, key: ['SCAN_ID'] },
  },
})

const scanCheck = dataType({
  name: 'val:protocolData_scan_check',
  key: 'val_protocolData_scan_check_id',
  fields: {
    SCAN_ID: { kind: 'string', attribute: true, required: true },
    status: { kind: 'string', attribute: true, required: true },
    'conditions/condition': { child: 'val:protocolData_condition', many: true, key: ['ID'] },
    'comments/comment': { child: 'val:protocolData_comment', many: true, key: ['dateTime'] },
  },
})

const checkCondition = dataType({
  name: 'val:protocolData_condition',
  key: 'val_protocolData_condition_id',
  fields: {
    ID: { kind: 'string', attribute: true },
    status: { kind: 'string', attribute: true },
    xmlpath: { kind: 'string', attribute: true },
    verified: { kind: 'string', max: 1000 },
    diagnosis: { kind: 'string', max: 1000 },
  },
})

const checkComment = dataType({
  name: 'val:protocolData_comment',
  key: 'val_protocolData_comment_id',
  text: 'comment',
  fields: {
    username: { kind: 'string', attribute: true },
    dateTime: { kind: 'datetime', attribute: true, required: true },
    comment: { kind: 'string' },
  },
})

const roiCollection = dataType({
  name: 'icr:roiCollectionData',
  root: 'RoiCollection',
  singular: 'ROI Collection',
  plural: 'ROI Collections',
  extends: 'xnat:imageAssessorData',
  fields: {
    UID: { kind: 'string' },
    collectionType: { kind: 'string' },
    subjectID: { kind: 'string' },
    'references/seriesUID': { child: 'icr:roiCollectionData_seriesUID', many: true, key: ['seriesUID'] },
    name: { kind: 'string' },
  },
})

const roiSeries = dataType({
  name: 'icr:roiCollectionData_seriesUID',
  key: 'icr_roiCollectionData_seriesUID_id',
  text: 'seriesUID',
  fields: { seriesUID: { kind: 'string' } },
})

export const assessorTypes: readonly TypeDecl[] = [
  imageAssessor,
  mrAssessor,
  petAssessor,
  qcManualAssessor,
  qcScan,
  namedValues('xnat:qcScanData_field', 'string'),
  mrQcScan,
  ctQcScan,
  petQcScan,
  processingError,
  otherQcScan,
  qcAssessment,
  qcAssessedScan,
  qcAssessedSlice,
  abstractStatistics,
  statistics,
  namedValues('xnat:statisticsData_additionalStatistics', 'float', 'additionalStatistics'),
  namedValues('xnat:statisticsData_addField', 'string', 'addField'),
  volumetricRegion,
  subregion,
  protocolCheck,
  scanCheck,
  checkCondition,
  checkComment,
  roiCollection,
  roiSeries,
]
