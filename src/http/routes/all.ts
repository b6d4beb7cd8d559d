import type { Route } from '../call.ts'
import { accessRoutes } from './access.ts'
import { accessRequestRoutes } from './access-requests.ts'
import { anonymizationRoutes } from './anonymization.ts'
import { archivingRoutes } from './archiving.ts'
import { arrivalStateRoutes } from './arrival-state.ts'
import { buildRoutes } from './build.ts'
import { configRoutes } from './config.ts'
import { dataTypeRoutes } from './data-types.ts'
import { descriptionRoutes } from './descriptions.ts'
import { dicomDumpRoutes } from './dicom-dump.ts'
import { dicomMappingRoutes } from './dicom-mappings.ts'
import { dicomdirRoutes } from './dicomdir.ts'
import { directArchiveRoutes } from './direct-archive.ts'
import { documentUploadRoutes } from './documents-upload.ts'
import { downloadLinkRoutes } from './download-links.ts'
import { experimentRoutes } from './experiments.ts'
import { favoriteRoutes } from './favorites.ts'
import { fileRoutes } from './files.ts'
import { healthRoutes } from './health.ts'
import { importRoutes } from './import.ts'
import { importProgressRoutes } from './import-progress.ts'
import { investigatorRoutes } from './investigators.ts'
import { loginRoutes } from './logins.ts'
import { memberRoutes } from './members.ts'
import { moveFilesRoutes } from './move-files.ts'
import { prearchiveRoutes } from './prearchive.ts'
import { prearchiveContentRoutes } from './prearchive-contents.ts'
import { prearchiveErrandRoutes } from './prearchive-errands.ts'
import { projectSettingRoutes } from './project-settings.ts'
import { projectRoutes } from './projects.ts'
import { receiverRoutes } from './receivers.ts'
import { reconstructionRoutes } from './reconstructions.ts'
import { refreshRoutes } from './refresh.ts'
import { resourceRoutes } from './resources.ts'
import { scanTypeRoutes } from './scan-types.ts'
import { scanRoutes } from './scans.ts'
import { schemaRoutes } from './schemas.ts'
import { searchElementRoutes } from './search-elements.ts'
import { searchRoutes } from './searches.ts'
import { sessionRoutes } from './sessions.ts'
import { settingRoutes } from './settings.ts'
import { snapshotRoutes } from './snapshots.ts'
import { subjectRoutes } from './subjects.ts'
import { tokenRoutes } from './tokens.ts'
import { userCacheRoutes } from './user-cache.ts'
import { userRoleRoutes } from './user-roles.ts'
import { userSessionRoutes } from './user-sessions.ts'
import { userRoutes } from './users.ts'
import { workflowRoutes } from './workflows.ts'

const pages: readonly Route[] = [
  ...projectRoutes,
  ...projectSettingRoutes,
  ...memberRoutes,
  ...accessRequestRoutes,
  ...favoriteRoutes,
  ...subjectRoutes,
  ...experimentRoutes,
  ...scanRoutes,
  ...scanTypeRoutes,
  ...searchElementRoutes,
  ...searchRoutes,
  ...dicomdirRoutes,
  ...snapshotRoutes,
  ...reconstructionRoutes,
  ...resourceRoutes,
  ...fileRoutes,
  ...refreshRoutes,
  ...importRoutes,
  ...importProgressRoutes,
  ...prearchiveRoutes,
  ...prearchiveContentRoutes,
  ...prearchiveErrandRoutes,
  ...directArchiveRoutes,
  ...dicomDumpRoutes,
  ...archivingRoutes,
  ...arrivalStateRoutes,
  ...anonymizationRoutes,
  ...loginRoutes,
  ...sessionRoutes,
  ...tokenRoutes,
  ...userRoutes,
  ...userRoleRoutes,
  ...userSessionRoutes,
  ...settingRoutes,
  ...receiverRoutes,
  ...configRoutes,
  ...dicomMappingRoutes,
  ...userCacheRoutes,
  ...moveFilesRoutes,
  ...documentUploadRoutes,
  ...downloadLinkRoutes,
  ...schemaRoutes,
  ...dataTypeRoutes,
  ...accessRoutes,
  ...investigatorRoutes,
  ...workflowRoutes,
  ...buildRoutes,
  ...healthRoutes,
]

/** Every place the server answers at, page by page of the API. */
export const allRoutes: readonly Route[] = [...pages, ...descriptionRoutes(pages)]
