import { dataType, type FieldDecl, type TypeDecl } from '../dictionary.ts'
import { below } from './parts.ts'

type Fields = Readonly<Record<string, FieldDecl>>

const score: FieldDecl = { kind: 'integer', min: 0 }

const scored = (names: readonly string[]): Fields => Object.fromEntries(names.map((name) => [name, score]))

/** Each disorder as it is now and as it was: `group/currentX`, `group/pastX`. */
function nowAndThen(group: string, disorders: readonly string[]): Fields {
  return below(
    group,
    disorders.flatMap((disorder) => [`current${disorder}`, `past${disorder}`]),
    { kind: 'integer' },
  )
}

/** Each drug with dependence and abuse, now and then. */
function substanceUse(drugs: readonly string[]): Fields {
  return nowAndThen(
    'substanceUseDisorders',
    drugs.flatMap((drug) => [`${drug}Dependence`, `${drug}Abuse`]),
  )
}

const sides = (element: string, decl: FieldDecl): Fields => below(element, ['right', 'left'], decl)

const screeningAssessment = dataType({
  name: 'scr:screeningAssessment',
  root: 'ScreeningAssessment',
  singular: 'Screening Assessment',
  plural: 'Screening Assessments',
  extends: 'xnat:subjectAssessorData',
  fields: {
    rater: { kind: 'string' },
    comments: { kind: 'string', max: 1000 },
    pass: { kind: 'string' },
    'scans/scan': { child: 'scr:screeningScanData', many: true, key: ['imageScan_ID'] },
  },
})

const screeningScan = dataType({
  name: 'scr:screeningScanData',
  key: 'scr_screeningScanData_id',
  fields: {
    imageScan_ID: { kind: 'string', required: true },
    comments: { kind: 'string', max: 1000 },
    pass: { kind: 'string' },
  },
})

const sideEffects = dataType({
  name: 'xnat_a:sideEffectsPittsburghData',
  root: 'SideEffectsPittsburgh',
  singular: 'Pittsburgh Side Effects Scale',
  plural: 'Pittsburgh Side Effects Scales',
  extends: 'xnat:subjectAssessorData',
  fields: scored([
    'motorTics',
    'buccal_lingualMovements',
    'picking_skin_fingers_nails_lip',
    'worried_anxious',
    'dull_tired_listless',
    'sedation',
    'stomachache',
    'nausea_vomiting',
    'crabby_irritable',
    'tearful_sad_depressed',
    'hallucinations',
    'troubleSleeping',
    'lossOfAppetite',
    'troubleConcentrating_distractible',
    'dizziness_lightheadedness',
    'headaches',
    'socialWithdrawal',
    'dryMouth',
    'palpitations',
  ]),
})

const ybocs = dataType({
  name: 'xnat_a:ybocsData',
  root: 'YBOCS',
  singular: 'YBOCS',
  plural: 'YBOCS',
  extends: 'xnat:subjectAssessorData',
  fields: {
    currentOrWorstEver: { kind: 'string', values: ['current', 'worst ever'] },
    ...scored([
      'timeOccupiedWithThoughts',
      'thoughtsInterfereFunctioning',
      'distressCaused',
      'effortToResistThoughts',
      'controlOverThoughts',
      'timePerforming',
      'behaviorsInterfereFunctioning',
      'feelingIfPrevented',
      'effortToResistBehaviors',
      'behaviorDriveStrength',
    ]),
    untilJustRight: { kind: 'boolean' },
    untilJustRightAwareness: { kind: 'string' },
    untilJustRightPerceptions: { kind: 'string' },
    whenStartUntilJustRight: { kind: 'string' },
    frequencyUntilJustRight: { kind: 'string', values: ['frequently', 'occasionally', 'hardly ever', 'never'] },
    firstUntilJustRightAge: { kind: 'float', unit: 'year' },
  },
})

const ticScores = ['number', 'frequency', 'intensity', 'complexity', 'interference']

const ygtss = dataType({
  name: 'xnat_a:ygtssData',
  root: 'YGTSS',
  singular: 'YGTSS',
  plural: 'YGTSS',
  extends: 'xnat:subjectAssessorData',
  fields: {
    filledOutBy: { kind: 'string' },
    period: { kind: 'string', values: ['current', 'worst ever'] },
    worstEverAge: { kind: 'float', unit: 'year' },
    ...below('motor', ticScores, score),
    'motor/inventory': { kind: 'string' },
    ...below('phonic', ticScores, score),
    'phonic/inventory': { kind: 'string' },
    impairment: score,
  },
})

const limbs = ['rue', 'lue', 'rle', 'lle']
const rating: FieldDecl = { kind: 'integer' }

const updrs3 = dataType({
  name: 'xnat_a:updrs3Data',
  root: 'UPDRS3',
  singular: 'UPDRS III',
  plural: 'UPDRS III',
  extends: 'xnat:subjectAssessorData',
  fields: {
    inScanner: { kind: 'boolean' },
    ...sides('clicker', score),
    'clicker/interval': { kind: 'integer', min: 0, unit: 's' },
    ...below('tremorRest', ['face', ...limbs], { kind: 'string' }),
    ...below('rigidity', ['neck', ...limbs], { kind: 'string' }),
    ...sides('handMovementsGrip', rating),
    facialExpression: rating,
    gait: rating,
    speech: rating,
    writing: rating,
    ariseFromChair: rating,
    ...sides('actionPosturalTremor', rating),
    ...sides('handsRAM', rating),
    ...sides('fingerTaps', rating),
    posture: rating,
    posturalStability: rating,
    ...sides('footTaps', rating),
    bodyBradykinesiaHypokinesia: rating,
    problem: { kind: 'boolean' },
  },
})

const scid = dataType({
  name: 'xnat_a:scidResearchData',
  root: 'SCID',
  singular: 'SCID',
  plural: 'SCIDs',
  extends: 'xnat:subjectAssessorData',
  fields: {
    administrator: { kind: 'string' },
    ...nowAndThen('moodEpisodes', ['MajorDepressiveEpisode', 'ManicEpisode', 'HypomanicEpisode']),
    'moodEpisodes/currentDysthmicEpisode': { kind: 'integer' },
    ...nowAndThen('moodEpisodes', ['MoodDisorderDueToMedicalCondition', 'SubstanceInducedMoodDisorder']),
    ...nowAndThen('psychoticSymptoms', [
      'Delusions',
      'Hallucinations',
      'DisorganizedSpeechBehavior',
      'CatatonicBehavior',
      'NegativeSymptoms',
    ]),
    ...nowAndThen('psychoticDisorders', [
      'Schizophrenia',
      'ParanoidType',
      'CatatonicType',
      'DisorganizedType',
      'UndifferentiatedType',
      'ResidualType',
      'SchizophreniformDisorder',
      'SchizoaffectiveDisorder',
      'DelusionalDisorder',
      'BriefPsychoticDisorder',
      'PsychoticDisorderDueToMedicalCondition',
      'SubstanceInducedPsychoticDisorder',
      'PsychoticDisorderNOS',
    ]),
    ...nowAndThen('moodDisorders', [
      'Bipolar1Disorder',
      'Bipolar2Disorder',
      'OtherBipolarDisorder',
      'MajorDepressiveDisorder',
      'DepressiveDisorderNOS',
    ]),
    ...substanceUse(['Alcohol', 'Amphetamine', 'Cannabis', 'Cocaine', 'Hallucinogen', 'Opioid', 'Phencyclidine']),
    ...substanceUse(['SedativeHypnoticAnxiolytic']),
    ...nowAndThen('substanceUseDisorders', ['PolysubstanceDependence']),
    ...substanceUse(['OtherOrUnknown']),
    ...nowAndThen('anxietyDisorders', [
      'PanicWithAgoraphobia',
      'PanicWithoutAgoraphobia',
      'AgoraphobiaWithoutPanicHx',
      'SocialPhobia',
      'SpecificPhobia',
      'OCD',
      'PTSD',
    ]),
    'anxietyDisorders/currentGeneralizedAnxietyDisorder': { kind: 'integer' },
    ...nowAndThen('anxietyDisorders', [
      'AnxietyDueToMedicalCondition',
      'SubstanceInducedAnxietyDisorder',
      'AnxietyDisorderNOS',
    ]),
    ...below(
      'somatoformDisorders',
      [
        'somatizationDisorder',
        'undifferentiatedSomatformDisorder',
        'painDisorder',
        'hypochondriasis',
        'bodyDysmorphicDisorder',
      ],
      { kind: 'integer' },
    ),
    ...nowAndThen('eatingDisorders', ['AnorexiaNervosa', 'BulimiaNervosa', 'BingeEatingDisorder']),
    adjustmentDisorder: { kind: 'integer' },
    ...nowAndThen('optional', ['AcuteStressDisorder', 'MinorDepressiveDisorder', 'MixedAnxietyDepressiveDisorder']),
    'optional/pastSympomaticDetails': { kind: 'string' },
  },
})

/** Forms that describe a subject without images of their own. */
export const assessmentTypes: readonly TypeDecl[] = [
  screeningAssessment,
  screeningScan,
  sideEffects,
  ybocs,
  ygtss,
  updrs3,
  scid,
]
