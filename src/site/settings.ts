import type { Database } from '../db/open.ts'
import { refuse } from '../errors.ts'
import { durationMs } from './durations.ts'
import {
  type Preference,
  type PreferenceName,
  type PreferenceValue,
  preferences,
  type SettingValue,
  type Tier,
} from './preferences.ts'

/** The settings that administrators change while the site runs; read from memory, written through to the catalog. */
export type Settings = Readonly<{
  /** The value in force of a setting that Isocenter knows. */
  value: <Name extends PreferenceName>(name: Name) => PreferenceValue<Name>
  /** Any setting by name: its value and who may read it; undefined when nobody ever set it. */
  find: (name: string) => Readonly<{ value: SettingValue; tier: Tier }> | undefined
  /** All settings that somebody of this tier may read, by name. */
  readable: (tier: Tier) => Readonly<Record<string, SettingValue>>
  /**
   * Stores values, all or none; unknown names are taken as they are, and are for administrators only.
   * @throws ArchiveError 'invalid' when a known setting cannot have that value
   */
  change: (values: Readonly<Record<string, unknown>>) => Promise<void>
  /** Takes over what other processes on the same catalog have changed, and has done what is done after changes. */
  refresh: () => Promise<void>
  /** Has this done after every change from now on, with the names that were set; a change made here waits for it. */
  onChange: (act: (names: readonly string[]) => Promise<void>) => void
}>

/** Whoever believes that data lose their names here would be wrong. */
const NO_SCRIPTS = 'this server runs no anonymization scripts'

const tiers: readonly Tier[] = ['public', 'authenticated', 'admin']
const known: Readonly<Record<string, Preference>> = preferences

/**
 * Reads the stored settings. Where nothing is stored, `defaults` (what the process was started with) comes before the
 * declared default.
 */
export async function openSettings(db: Database, defaults: Readonly<Record<string, SettingValue>>): Promise<Settings> {
  let asAt = db.moment()
  let stored = await readStored(db)
  const listeners: ((names: readonly string[]) => Promise<void>)[] = []

  const tell = async (names: readonly string[]): Promise<void> => {
    if (names.length > 0) for (const act of listeners) await act(names)
  }
  const find: Settings['find'] = (name) => {
    const declared = Object.hasOwn(known, name) ? known[name] : undefined
    const value = stored.get(name) ?? (Object.hasOwn(defaults, name) ? defaults[name] : undefined) ?? declared?.default
    return value === undefined ? undefined : { value, tier: declared?.tier ?? 'admin' }
  }
  const readable: Settings['readable'] = (tier) => {
    const names = [...new Set([...Object.keys(known), ...stored.keys()])].sort()
    const found = names.map((name) => [name, find(name)!] as const)
    return Object.fromEntries(
      found
        .filter(([, setting]) => tiers.indexOf(setting.tier) <= tiers.indexOf(tier))
        .map(([name, { value }]) => [name, value]),
    )
  }
  return Object.freeze({
    value: <Name extends PreferenceName>(name: Name) => find(name)!.value as PreferenceValue<Name>,
    find,
    readable,
    change: async (values: Readonly<Record<string, unknown>>) => {
      const checked = Object.entries(values).map(([name, value]) => [name, checkedValue(name, value)] as const)
      await store(db, checked)
      // A new map: what is being read meanwhile may be older.
      stored = new Map([...stored, ...checked])
      await tell(checked.map(([name]) => name))
    },
    refresh: async () => {
      if (db.isAsAt(asAt)) return
      const [before, moment] = [stored, db.moment()]
      const read = await readStored(db)
      if (stored !== before) return
      stored = read
      asAt = moment
      await tell(changedNames(before, read))
    },
    onChange: (act) => void listeners.push(act),
  })
}

async function readStored(db: Database): Promise<ReadonlyMap<string, SettingValue>> {
  const rows = await db.reads.selectFrom('settings').select(['name', 'value']).execute()
  return new Map(rows.map(({ name, value }) => [name, JSON.parse(value)]))
}

function changedNames(
  before: ReadonlyMap<string, SettingValue>,
  after: ReadonlyMap<string, SettingValue>,
): readonly string[] {
  const text = (value: SettingValue | undefined): string | undefined => JSON.stringify(value)
  const names = [...new Set([...before.keys(), ...after.keys()])]
  return names.filter((name) => text(before.get(name)) !== text(after.get(name)))
}

function store(db: Database, values: readonly (readonly [string, SettingValue])[]): Promise<void> {
  return db.change(async (tx) => {
    for (const [name, value] of values) {
      const row = { name, value: JSON.stringify(value) }
      await tx
        .insertInto('settings')
        .values(row)
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: row.value }))
        .execute()
    }
  })
}

/** The value in the kind of the setting: clients send `true` and `5` as text, too. */
function checkedValue(name: string, value: unknown): SettingValue {
  if (!/^[\w.-]{1,255}$/.test(name)) return wrong(name, 'has a name that no setting can have')
  const preference = Object.hasOwn(known, name) ? known[name] : undefined
  if (!preference) return (value ?? null) as SettingValue
  if (typeof preference.default === 'boolean') return checkedFlag(name, preference, value)
  if (typeof preference.default === 'number') return checkedNumber(name, value)
  return checkedText(name, preference, value)
}

function checkedFlag(name: string, { form }: Preference, value: unknown): boolean {
  const flag = { true: true, false: false }[String(value).trim().toLowerCase()]
  if (flag && form === 'never used') return wrong(name, `must be false: ${NO_SCRIPTS}`)
  return flag ?? wrong(name, 'must be true or false')
}

function checkedNumber(name: string, value: unknown): number {
  const text = String(value).trim()
  return /^\d{1,12}$/.test(text) ? Number(text) : wrong(name, 'must be a whole number')
}

function checkedText(name: string, { form }: Preference, value: unknown): string {
  if (typeof value !== 'string') return wrong(name, 'must be text')
  const text = value.trim()
  if (form === 'duration' && durationMs(text) === undefined)
    return wrong(name, 'must be a time such as 15 minutes or 2 days')
  if (form === 'duration or never' && text !== 'never' && durationMs(text) === undefined)
    return wrong(name, 'must be a time such as 1 year, or never')
  // The site id begins every accession id and stands in a quoted header.
  if (form === 'site id' && !/^[A-Za-z][\w -]{0,31}$/.test(text))
    return wrong(name, 'must be a letter followed by letters, digits, spaces, _ or -')
  if (form === 'address' && text !== '' && !/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    return wrong(name, 'must be a web address')
  if (form === 'pattern') checkPattern(name, text)
  if (form === 'not blank' && text === '') return wrong(name, 'cannot be empty')
  if (form === 'never used' && text !== '') return wrong(name, `must be empty: ${NO_SCRIPTS}`)
  return text
}

function checkPattern(name: string, text: string): void {
  try {
    new RegExp(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    refuse({ kind: 'invalid', field: name, because: `The setting ${name} must be a regular expression.` }, error)
  }
}

const wrong = (name: string, because: string): never =>
  refuse({ kind: 'invalid', field: name, because: `The setting ${name} ${because}.` })
