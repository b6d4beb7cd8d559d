/** Who may read a setting: anybody, everybody who has signed in, or site administrators only. */
export type Tier = 'public' | 'authenticated' | 'admin'

/** What a setting can hold: anything JSON can say. */
export type SettingValue =
  | string
  | number
  | boolean
  | null
  | readonly SettingValue[]
  | Readonly<{ [name: string]: SettingValue }>

export type Preference<T extends SettingValue = SettingValue> = Readonly<{
  /** Also says the kind of value. */
  default: T
  tier: Tier
  /** What a text must look like, and how to say so. */
  form?: 'duration' | 'duration or never' | 'site id' | 'address' | 'pattern' | 'not blank' | 'never used'
}>

/** Widens literal types, so that a setting of default `true` may become `false`. */
const preference = <T extends string | number | boolean>(
  tier: Tier,
  value: T,
  form?: Preference['form'],
): Preference<T extends string ? string : T extends number ? number : boolean> =>
  ({ default: value, tier, form }) as unknown as Preference<
    T extends string ? string : T extends number ? number : boolean
  >

const open = 'public'
const signedIn = 'authenticated'
const admin = 'admin'

/** The settings that Isocenter knows (hierarchy 7.2, import 2). Others can be stored and are for administrators only. */
export const preferences = {
  siteId: preference(open, 'XNAT', 'site id'),
  siteUrl: preference(open, '', 'address'),
  siteHome: preference(open, '/'),
  siteLogoPath: preference(open, ''),
  requireLogin: preference(admin, true),
  adminEmail: preference(admin, ''),
  siteDescriptionType: preference(signedIn, 'Text'),
  siteDescriptionText: preference(signedIn, ''),
  siteDescriptionPage: preference(signedIn, ''),
  restrictUserListAccessToAdmins: preference(signedIn, false),
  uiAllowNonAdminProjectCreation: preference(signedIn, true),
  uiLoginFailureMessage: preference(signedIn, 'Login attempt failed. Please try again.'),
  uiDefaultCompressedUploaderImporter: preference(signedIn, 'DICOM-zip'),
  uiDefaultProjectAccessibility: preference(signedIn, 'protected'),
  securityAllowNonPrivateProjects: preference(signedIn, true),
  projectAllowAutoArchive: preference(signedIn, true),
  defaultProjectAutoArchiveSetting: preference(signedIn, 4),
  requireChangeJustification: preference(signedIn, false),
  preventDataDeletion: preference(signedIn, false),
  checksums: preference(signedIn, true),
  scanTypeMapping: preference(signedIn, true),
  zipExtensions: preference(signedIn, 'zip,jar,rar,ear,gar,mrb'),
  zipCompressionMethod: preference(signedIn, 0),
  processingUrl: preference(signedIn, ''),
  dicomFileNameTemplate: preference(
    signedIn,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the protocol, not of this language
    '${StudyInstanceUID}-${SeriesNumber}-${InstanceNumber}-${HashSOPClassUIDWithSOPInstanceUID}',
    'not blank',
  ),
  separateSecondaryDicomOnArchive: preference(signedIn, true),
  preventCrossModalityMerge: preference(signedIn, true),
  useSopInstanceUidToUniquelyIdentifyDicom: preference(signedIn, true),
  enableSitewideAnonymizationScript: preference(signedIn, false, 'never used'),
  sitewideAnonymizationScript: preference(signedIn, '', 'never used'),
  rerunProjectAnonOnRename: preference(signedIn, false),
  enableSitewideSeriesImportFilter: preference(signedIn, false),
  sitewideSeriesImportFilterMode: preference(signedIn, 'blacklist'),
  sitewideSeriesImportFilter: preference(signedIn, ''),
  sitewidePetMr: preference(signedIn, ''),
  sitewidePetTracers: preference(signedIn, ''),
  allowDataAdmins: preference(signedIn, true),
  enableDicomReceiver: preference(admin, true),
  receivedFileUser: preference(admin, 'admin'),
  sessionXmlRebuilderInterval: preference(admin, 5),
  sessionXmlRebuilderRepeat: preference(admin, 60_000),
  storageSweepInterval: preference(admin, '1 day', 'duration or never'),
  storageSweepGrace: preference(admin, '7 days', 'duration'),
  sessionArchiveTimeoutInterval: preference(admin, 600),
  backupDeletedToCache: preference(admin, false),
  enableCsrfToken: preference(admin, true),
  sessionTimeout: preference(admin, '15 minutes', 'duration'),
  aliasTokenTimeout: preference(admin, '2 days', 'duration'),
  concurrentMaxSessions: preference(admin, 1000),
  maxFailedLogins: preference(admin, 20),
  passwordComplexity: preference(admin, '^.*$', 'pattern'),
  passwordComplexityMessage: preference(admin, 'The password is not complex enough.'),
  passwordExpirationInterval: preference(admin, '1 year', 'duration or never'),
} satisfies Readonly<Record<string, Preference>>

export type PreferenceName = keyof typeof preferences
export type PreferenceValue<Name extends PreferenceName> = (typeof preferences)[Name]['default']
