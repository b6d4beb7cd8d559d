import { randomBytes } from 'node:crypto'
import { hashPassword } from './passwords.ts'
import type { Site } from './site.ts'
import { GUEST, insertUser, newcomer } from './users.ts'

const PASSWORD_BYTES = 15

/** The first administrator; `generated` is the password where it was made here and nobody knows it yet. */
export type FirstStart = Readonly<{ login: string; generated: string | undefined }>

/**
 * Makes the site administrator `admin` and the guest, once, in an empty catalog; undefined on every later start.
 * @param password the administrator's; without it one is generated
 */
export async function prepareFirstStart(site: Site, password: string | undefined): Promise<FirstStart | undefined> {
  keepAdministratorAddress(site)
  if (await hasUsers(site)) return undefined
  const chosen = password ?? randomBytes(PASSWORD_BYTES).toString('base64url')
  const stored = await hashPassword(chosen)
  const made = await site.db.change(async (tx) => {
    if (await tx.selectFrom('users').select('id').limit(1).executeTakeFirst()) return false
    const account = { ...newcomer, firstName: 'Admin', lastName: 'Admin', enabled: true, verified: true }
    await insertUser(tx, 'admin', { ...account, admin: true, stored }, site.now())
    await insertUser(tx, GUEST, { ...account, firstName: 'Guest', lastName: 'User' }, site.now())
    return true
  })
  // Another process on the same database may have been first.
  return made ? { login: 'admin', generated: password === undefined ? chosen : undefined } : undefined
}

async function hasUsers(site: Site): Promise<boolean> {
  return (await site.db.reads.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** The first administrator gets the address for `adminEmail` of the site, where the account has none (pyxnat's tests). */
function keepAdministratorAddress(site: Site): void {
  site.settings.onChange(async (names) => {
    const email = names.includes('adminEmail') ? site.settings.value('adminEmail') : ''
    if (email === '') return
    await site.db.change((tx) =>
      tx.updateTable('users').set({ email }).where('login', '=', 'admin').where('email', '=', '').execute(),
    )
  })
}
