import type { Config } from '../config.ts'
import type { FirstStart } from '../site/first-start.ts'
import type { Listening } from '../site/receiver-door.ts'

/** What the first start must tell, since nobody else knows the password. */
export function firstStartLines({ login, generated }: FirstStart): readonly string[] {
  if (generated === undefined)
    return [`The account ${login} was made; its password is the one in ISOCENTER_ADMIN_PASSWORD.`]
  return [
    `The account ${login} was made. Its password is shown only this once:`,
    '',
    `    ${generated}`,
    '',
    `Change it with: isocenter user passwd ${login}`,
  ]
}

/** Where the server is, where it keeps things and how to get in. */
export function startLines(
  config: Config,
  address: string,
  receivers: readonly Listening[] | undefined,
): readonly string[] {
  const catalog = config.databaseUrl === undefined ? 'SQLite, in the data folder' : 'PostgreSQL'
  return [
    `Isocenter listens on ${address}`,
    `Data folder: ${config.dataFolder}`,
    `Catalog: ${catalog}`,
    `DICOM receivers: ${receiversText(receivers)}`,
    `Sign in at ${config.url ?? address}/app/template/Login.vm or with Basic authentication.`,
    ...(config.requireLogin ? [] : ['Strangers may read public projects (ISOCENTER_REQUIRE_LOGIN is false).']),
  ]
}

function receiversText(receivers: readonly Listening[] | undefined): string {
  if (!receivers) return 'none in this process (ISOCENTER_DICOM_PORT is 0)'
  if (receivers.length === 0) return 'none listens; the log says why, if one should'
  return receivers.map(({ aeTitle, port }) => `${aeTitle} on port ${port}`).join(', ')
}
