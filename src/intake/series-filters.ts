import type { Archive } from '../archive/archive.ts'
import { contentsInForce } from '../archive/configurations.ts'
import type { ProjectRow } from '../archive/locate.ts'
import { type ImportFilter, parseFilter } from '../dicom/import-filter.ts'
import { refuse } from '../errors.ts'

/** Where a project's own filter is kept. */
const place = { tool: 'seriesImportFilter', path: 'config' } as const

/** Whether contents of a configuration are a filter of a project. */
export const isFilterPlace = ({ tool, path }: Readonly<{ tool: string; path: string }>): boolean =>
  tool === place.tool && path === place.path

/** A filter of the site as its settings have it (import 8.4). */
export type SiteFilter = Readonly<{ enabled: boolean; mode: string; text: string }>

/**
 * The import filters of the site and of a project; an object must pass all of them.
 * @throws ArchiveError 'invalid' naming what cannot be read
 */
export async function filtersInForce(
  archive: Archive,
  project: ProjectRow | undefined,
): Promise<readonly ImportFilter[]> {
  const contents = project && (await contentsInForce({ db: archive.db.reads }, project, place))
  const ofSite = await siteFilter((await archive.rules()).imports.seriesFilter)
  const ofProject = contents === undefined ? undefined : await projectFilter(contents)
  return [ofSite, ofProject].filter((filter) => filter !== undefined)
}

/** The filter of the site; undefined where it is off or empty. @throws ArchiveError 'invalid' naming what cannot be read */
export async function siteFilter({ enabled, mode, text }: SiteFilter): Promise<ImportFilter | undefined> {
  return enabled && text.trim() !== '' ? parseFilter(mode, text) : undefined
}

/** The filter in a project's configuration; undefined where it is off or empty. @throws ArchiveError 'invalid' naming what cannot be read */
export async function projectFilter(contents: string): Promise<ImportFilter | undefined> {
  const parsed = jsonObject(contents)
  const mode = String(parsed['mode'] ?? 'blacklist')
  if (String(parsed['enabled'] ?? 'true') !== 'true') return undefined
  // A modality map has its conditions beside the mode, not in a list.
  if (mode.toLowerCase() === 'modalitymap' && parsed['list'] === undefined) return parseFilter(mode, contents)
  const text = String(parsed['list'] ?? '')
  return text.trim() === '' ? undefined : parseFilter(mode, text)
}

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return refuse({
    kind: 'invalid',
    field: 'seriesImportFilter',
    because: 'The series import filter of the project must be a JSON object with enabled, mode and list.',
  })
}
