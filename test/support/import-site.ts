import assert from 'node:assert/strict'
import { type Cast, castOf, type SiteOptions, startSite, type TestSite } from './site.ts'

/** A site whose projects keep what comes in in the prearchive until somebody archives it, and its people. */
export type ImportSite = Readonly<{ site: TestSite; cast: Cast }>

/** The first of the projects has the usual cast, the others only `own`. */
export async function openImportSite(
  [first = 'PRJ1', ...others]: readonly string[] = [],
  options: SiteOptions = {},
): Promise<ImportSite> {
  const site = await startSite(options)
  const cast = await castOf(site, first)
  for (const project of others) await cast.own('PUT', `/data/projects/${project}?accessibility=private`)
  for (const project of [first, ...others])
    assert.equal((await cast.own('PUT', `/data/projects/${project}/prearchive_code/0`)).status, 200)
  return { site, cast }
}
