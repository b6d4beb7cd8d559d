/** Why a test is left out; where tests are counted on (`CI`), nothing may be left out in silence. */
export function skipped(missing: string | undefined): string | false {
  if (missing === undefined) return false
  if (process.env['CI']) throw new Error(`missing for the tests of the clients: ${missing}`)
  return `not run: ${missing}`
}
