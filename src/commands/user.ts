import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { type Environment, readConfig } from '../config.ts'
import { openDatabase } from '../db/open.ts'
import { changeUser, createUser, type Profile } from '../site/accounts.ts'
import { prepareFirstStart } from '../site/first-start.ts'
import { openSite, type Site } from '../site/site.ts'
import { Misuse } from './misuse.ts'
import { firstStartLines } from './notices.ts'
import { readSecret, say } from './terminal.ts'

const PASSWORD_BYTES = 15

/**
 * `user add LOGIN` and `user passwd LOGIN`; resolves to the exit code. They work on the catalog itself, beside a server
 * that runs on it or without one.
 */
export async function user([act, ...rest]: readonly string[], environment: Environment): Promise<number> {
  if (act === 'add') await addUser(rest, environment)
  else if (act === 'passwd') await setPassword(rest, environment)
  else throw new Misuse('say "user add LOGIN" or "user passwd LOGIN".')
  return 0
}

async function addUser(words: readonly string[], environment: Environment): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      admin: { type: 'boolean', default: false },
      generate: { type: 'boolean', default: false },
      'first-name': { type: 'string' },
      'last-name': { type: 'string' },
      email: { type: 'string' },
    },
  })
  const login = onlyLogin(positionals)
  const profile: Profile = {
    firstName: values['first-name'],
    lastName: values['last-name'],
    email: values.email,
    admin: values.admin,
    enabled: true,
    verified: true,
  }
  const chosen = await choosePassword(login, values.generate)
  await onSite(environment, (site) => createUser(site, login, { ...profile, password: chosen.password }))
  say(`The user ${login} was added.`, ...chosen.lines)
}

async function setPassword(words: readonly string[], environment: Environment): Promise<void> {
  const options = { generate: { type: 'boolean', default: false } } as const
  const { values, positionals } = parseArgs({ args: [...words], allowPositionals: true, options })
  const login = onlyLogin(positionals)
  const chosen = await choosePassword(login, values.generate)
  await onSite(environment, (site) => changeUser(site, login, { password: chosen.password }))
  say(`The password of ${login} was changed; the sessions of ${login} have ended.`, ...chosen.lines)
}

function onlyLogin(positionals: readonly string[]): string {
  const [login, ...more] = positionals
  if (login === undefined || more.length > 0) throw new Misuse('exactly one LOGIN is needed.')
  return login
}

type Chosen = Readonly<{ password: string; lines: readonly string[] }>

async function choosePassword(login: string, generate: boolean): Promise<Chosen> {
  if (!generate) return { password: await readSecret(`Password of ${login}: `), lines: [] }
  const password = randomBytes(PASSWORD_BYTES).toString('base64url')
  return { password, lines: [`Password: ${password}`, 'It is shown only this once.'] }
}

async function onSite(environment: Environment, act: (site: Site) => Promise<unknown>): Promise<void> {
  const config = readConfig(environment)
  const db = await openDatabase({ folder: config.dataFolder, url: config.databaseUrl })
  try {
    const site = await openSite(db, config)
    // Before any other account, so that the first one is the administrator's.
    const first = await prepareFirstStart(site, config.adminPassword)
    if (first) say(...firstStartLines(first))
    await act(site)
  } finally {
    await db.close()
  }
}
