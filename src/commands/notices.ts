import type { Config } from '../config.ts'
import type { FirstStart } from '../site/first-start.ts'

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
export function startLines(config: Config, address: string): readonly string[] {
  const catalog = config.databaseUrl === undefined ? 'SQLite, in the data folder' : 'PostgreSQL'
  return [
    `Isocenter listens on ${address}`,
    `Data folder: ${config.dataFolder}`,
    `Catalog: ${catalog}`,
    `Sign in at ${config.url ?? address}/app/template/Login.vm or with Basic authentication.`,
    ...(config.requireLogin ? [] : ['Strangers may read public projects (ISOCENTER_REQUIRE_LOGIN is false).']),
  ]
}
