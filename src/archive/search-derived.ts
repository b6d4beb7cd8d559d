import { type RawBuilder, sql } from 'kysely'
import type { Derived } from '../model/types/search.ts'
import type { Scope } from './archive.ts'
import { type Node, subjectKey } from './search-nodes.ts'
import { visibleAs } from './visibility.ts'

type At = Readonly<{ scope: Scope; node: Node; about: string | undefined }>
type Sql = RawBuilder<unknown>

const column = ({ node }: At, name: string): Sql => sql.ref(`${node.alias}.${name}`)
const textOf = ({ scope }: At, doc: Sql, path: readonly (string | number)[]): Sql =>
  scope.archive.db.dialect.jsonText(doc, path)
const stored = (at: At, ...path: (string | number)[]): Sql => textOf(at, column(at, 'doc'), path)

const letter = (value: Sql, letters: Readonly<Record<string, string>>, otherwise: Sql): Sql =>
  sql`case ${value} ${sql.join(
    Object.entries(letters).map(([text, sign]) => sql`when ${sql.lit(text)} then ${sql.lit(sign)}`),
    sql` `,
  )} else ${otherwise} end`

const number = (text: Sql): Sql => sql`cast(${text} as integer)`
const yearOf = (date: Sql): Sql => number(sql`substr(${date}, 1, 4)`)

/** A text of the subject of an experiment, null where the viewer may not read it. */
function ofSubject(at: At, path: readonly (string | number)[]): Sql {
  const key = subjectKey(at.node.type, at.node.alias)
  return sql`(select ${textOf(at, sql.ref('ds.doc'), path)} from subjects ds
    where ds.id = ${key} and ${visibleAs(at.scope, 'subject', 'ds')})`
}

/** Years at the date of the experiment: as it says, as its subject says, or since the subject's birth. */
function age(at: At): Sql {
  const { dialect } = at.scope.archive.db
  const demographics = (name: string) => ofSubject(at, ['demographics', 0, name])
  const [date, born] = [stored(at, 'date'), demographics('dob')]
  const passed = sql`(${yearOf(date)} - ${yearOf(born)}
    - case when substr(${date}, 6, 5) < substr(${born}, 6, 5) then 1 else 0 end)`
  const said = [dialect.number(stored(at, 'age')), dialect.number(demographics('age'))]
  return sql`coalesce(${sql.join(said)}, ${passed}, ${yearOf(date)} - ${number(demographics('yob'))})`
}

/** First and last name of the person at a path of the document. */
function person(at: At, path: string): Sql {
  const name = (part: string) => sql`coalesce(${stored(at, path, 0, part)}, '')`
  return sql`nullif(trim(${name('firstname')} || ' ' || ${name('lastname')}), '')`
}

/** One text of all entries of a list inside the document. */
function listed(at: At, path: string, value: (entry: Sql) => Sql): Sql {
  const text = value(sql.ref('de.value'))
  const entries = at.scope.archive.db.dialect.jsonEach(column(at, 'doc'), [path])
  return sql`(select string_agg(${text}, ', ' order by ${text}) from ${entries} as de)`
}

function projects(at: At): Sql {
  const noun = at.node.level === 'subject' ? 'subject' : 'experiment'
  return sql`(select string_agg(dp.name, ', ' order by dp.name) from ${sql.table(`${noun}_projects`)} dl
    join projects dp on dp.id = dl.project_id
    where ${sql.ref(`dl.${noun}_id`)} = ${column(at, 'id')} and ${visibleAs(at.scope, 'project', 'dp')})`
}

function sessionCount(at: At): Sql {
  return sql`(select nullif(count(*), 0) from experiment_projects dl join experiments dx on dx.id = dl.experiment_id
    where dl.project_id = ${column(at, 'id')} and dx.xsi_type = ${at.about ?? ''}
      and ${visibleAs(at.scope, 'experiment', 'dx')})`
}

/** Logins, with the mark between them at which pyxnat takes them apart. */
function owners(at: At): Sql {
  return sql`(select string_agg(du.login, ' <br/> ' order by du.login) from groups dg
    join group_members dm on dm.group_id = dg.id join users du on du.id = dm.user_id
    where dg.project_id = ${column(at, 'id')} and dg.role = 'owner')`
}

const hands = { left: 'L', right: 'R', ambidextrous: 'A', unknown: 'U' }

/** How each derived value is worked out by the database. */
export const derivedSql: Readonly<Record<Derived, (at: At) => Sql>> = {
  'gender-letter': (at) =>
    letter(stored(at, 'demographics', 0, 'gender'), { male: 'M', M: 'M', female: 'F', F: 'F' }, sql`'U'`),
  // Nothing where it is not known: pyxnat's own tests read it so.
  'handedness-letter': (at) => letter(stored(at, 'demographics', 0, 'handedness'), hands, sql`null`),
  'birth-year': (at) =>
    sql`coalesce(${number(stored(at, 'demographics', 0, 'yob'))}, ${yearOf(stored(at, 'demographics', 0, 'dob'))})`,
  'added-ids': (at) => listed(at, 'addID', (entry) => textOf(at, entry, ['addID'])),
  projects,
  'whole-age': (at) => sql`floor(${age(at)})`,
  'exact-age': (at) => sql`round(cast(${age(at)} as numeric), 2)`,
  'scan-counts': (at) => {
    const type = sql`coalesce(${textOf(at, sql.ref('dc.doc'), ['type'])}, '')`
    const text = sql`dt.type || '(' || dt.number || ')'`
    return sql`(select string_agg(${text}, ', ' order by dt.type) from (select ${type} as type, count(*) as number
      from scans dc where dc.session_id = ${column(at, 'id')} group by 1) dt)`
  },
  person: (at) => person(at, 'investigator'),
  leader: (at) => person(at, 'PI'),
  investigators: (at) =>
    listed(at, 'investigators/investigator', (entry) => {
      const name = (part: string) => sql`coalesce(${textOf(at, entry, [part])}, '')`
      return sql`trim(${name('firstname')} || ' ' || ${name('lastname')})`
    }),
  accessibility: (at) => column(at, 'accessibility'),
  'session-count': sessionCount,
  owners,
  nothing: () => sql`cast(null as text)`,
}
