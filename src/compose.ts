import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Archive, ArchiveRules } from './archive/archive.ts'
import { openFsBlobs } from './blobs/fs-blobs.ts'
import { withRecent } from './blobs/recent-blobs.ts'
import type { Config } from './config.ts'
import { openDatabase } from './db/open.ts'
import { openPictures, type Pictures } from './intake/pictures.ts'
import { standardDictionary } from './model/types/all.ts'
import { openSite, type Site } from './site/site.ts'

/** Everything that exists once per process, open. */
export type Composed = Readonly<{ archive: Archive; site: Site; pictures: Pictures; close: () => Promise<void> }>

/** What decides where an archive lies and what it allows; a Config has all of it. */
export type Plan = Pick<
  Config,
  'dataFolder' | 'databaseUrl' | 'siteId' | 'requireLogin' | 'url' | 'containers' | 'reuseProjectIds'
> &
  Readonly<{
    /** When the folders of the blobs are made; `as-needed` for archives that live for moments. */
    blobFolders?: 'at-once' | 'as-needed'
  }>

/**
 * Opens the catalog (brought to the newest schema), the blobs and the site. `close` ends them in reverse.
 * @param now the clock; tests hand in their own
 */
export async function compose(plan: Plan, now: () => Date = () => new Date()): Promise<Composed> {
  mkdirSync(plan.dataFolder, { recursive: true })
  const db = await openDatabase({ folder: plan.dataFolder, url: plan.databaseUrl })
  const blobs = withRecent(await openFsBlobs(join(plan.dataFolder, 'blobs'), plan.blobFolders))
  const site = await openSite(db, { siteId: plan.siteId, requireLogin: plan.requireLogin, url: plan.url, now })
  const lastProjectRules = textIn(join(plan.dataFolder, 'dicom-project.rules'))
  const scratch = join(plan.dataFolder, 'scratch')
  mkdirSync(scratch, { recursive: true })
  const archive: Archive = Object.freeze({
    db,
    blobs,
    types: standardDictionary(),
    siteId: () => site.settings.value('siteId'),
    reuseProjectIds: plan.reuseProjectIds,
    limits: plan.containers,
    rules: async () => rulesOf(site, lastProjectRules),
    scratch,
    now,
  })
  const pictures = openPictures()
  const close = async (): Promise<void> => {
    await pictures.close()
    await blobs.close()
    await db.close()
  }
  return Object.freeze({ archive, site, pictures, close })
}

/** The text of a file; empty where there is none. */
function textIn(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function rulesOf(site: Site, lastProjectRules: string): ArchiveRules {
  const { value } = site.settings
  return {
    justificationRequired: value('requireChangeJustification'),
    nonAdminsCreateProjects: value('uiAllowNonAdminProjectCreation'),
    openProjectsAllowed: value('securityAllowNonPrivateProjects'),
    autoArchiveAllowed: value('projectAllowAutoArchive'),
    defaultAutoArchive: value('defaultProjectAutoArchiveSetting'),
    usersListed: value('restrictUserListAccessToAdmins') ? 'administrators' : 'everybody',
    deletionPrevented: value('preventDataDeletion'),
    imports: {
      fileNameTemplate: value('dicomFileNameTemplate'),
      seriesFilter: {
        enabled: value('enableSitewideSeriesImportFilter'),
        mode: value('sitewideSeriesImportFilterMode'),
        text: value('sitewideSeriesImportFilter'),
      },
      petMr: value('sitewidePetMr'),
      lastProjectRules,
    },
    uidIdentifiesDicom: value('useSopInstanceUidToUniquelyIdentifyDicom'),
    crossModalityMergePrevented: value('preventCrossModalityMerge'),
    dataAdminsAllowed: value('allowDataAdmins'),
    idleMinutes: value('sessionXmlRebuilderInterval'),
  }
}
