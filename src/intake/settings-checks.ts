import { isRulesPlace, parseRules } from './routing-rules.ts'
import { isFilterPlace, projectFilter, type SiteFilter, siteFilter } from './series-filters.ts'

/** Where a configuration is: of the site, or of a project. */
type Place = Readonly<{ project?: string; tool: string; path: string }>

/**
 * Whether contents of a configuration would be of use where the import reads them; of other places it knows nothing.
 * @throws ArchiveError 'invalid' naming the line of the rules, or of the filter, that cannot be read
 */
export async function checkContents(at: Place, contents: string): Promise<void> {
  if (at.project === undefined && isRulesPlace(at)) parseRules(contents)
  if (at.project !== undefined && isFilterPlace(at)) await projectFilter(contents)
}

/** Whether the import could use a filter of the site. @throws ArchiveError 'invalid' naming the line that cannot be read */
export const checkSiteFilter = async (filter: SiteFilter): Promise<void> => void (await siteFilter(filter))
