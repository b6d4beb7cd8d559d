import { changeUser, createUser } from '../../src/site/accounts.ts'
import { openSite, type Site } from '../../src/site/site.ts'
import type { User } from '../../src/site/users.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'

/** A site on a fresh catalog whose clock stands still until it is moved. */
export type Installation = Readonly<{
  site: Site
  database: TestDatabase
  /** Moves the clock, in seconds. */
  pass: (seconds: number) => void
  /** The same catalog after a restart of the process: nothing is remembered. */
  restarted: () => Promise<Site>
  /** An enabled user whose password is the login followed by `-password`. */
  addUser: (login: string) => Promise<User>
  setEnabled: (login: string, enabled: boolean) => Promise<boolean>
  close: () => Promise<void>
}>

export async function openInstallation(): Promise<Installation> {
  const database = await openTestDatabase()
  let time = Date.parse('2024-03-01T10:00:00.000Z')
  const now = () => new Date(time)
  const restarted = () => openSite(database.db, { siteId: 'XNAT', requireLogin: true, url: undefined, now })
  const site = await restarted()
  return {
    site,
    database,
    pass: (seconds) => {
      time += seconds * 1000
    },
    restarted,
    addUser: (login) => createUser(site, login, { enabled: true, password: `${login}-password` }),
    setEnabled: (login, enabled) => changeUser(site, login, { enabled }),
    close: database.close,
  }
}

/** Counts the changes written to the catalog while `act` runs. */
export async function writesDuring(site: Site, act: (counted: Site) => Promise<unknown>): Promise<number> {
  let writes = 0
  const change: Site['db']['change'] = (work) => {
    writes++
    return site.db.change(work)
  }
  await act({ ...site, db: { ...site.db, change } })
  return writes
}
