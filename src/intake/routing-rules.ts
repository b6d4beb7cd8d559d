import { compilePattern, linesOf, ofLine, type Pattern } from '../dicom/patterns.ts'
import { type Tag, tagOf } from '../dicom/tags.ts'
import { refuse } from '../errors.ts'

/** Where a name is taken from: an attribute, and what of its text. */
export type Rule = Readonly<{
  tag: Tag
  /** The name in the text of the attribute, or undefined where there is none. */
  extract: (text: string) => string | undefined
}>

/** Rules for each name, in the order in which they are asked (import 3.1, 3.3). */
export type RoutingRules = Readonly<{
  project: readonly Rule[]
  subject: readonly Rule[]
  session: readonly Rule[]
}>

/** Configured rules: those that come before the standard ones, and those of projects that come after. */
export type ConfiguredRules = Readonly<{
  project?: readonly Rule[]
  subject?: readonly Rule[]
  session?: readonly Rule[]
  projectLast?: readonly Rule[]
}>

/** Longer texts are cut before a configured rule looks at them. */
const MAX_TEXT_LENGTH = 64
/** Longest paragraph that DICOM allows, in characters. */
const MAX_PARAGRAPH_LENGTH = 10_240

const notes = ['PatientComments', 'StudyComments', 'AdditionalPatientHistory'].map(tagOf)

/** What a text says of a key in the form `Key:value`; where it says it more than once, the last time (import 3.2). */
function noted(key: string): (text: string) => string | undefined {
  const pattern = new RegExp(`^(?:.*[\\s,;])?${key}\\s*:\\s*([A-Za-z0-9_-]*)(?:[\\s,;].*)?$`, 'is')
  return (text) => pattern.exec(text.slice(0, MAX_PARAGRAPH_LENGTH))?.[1] || undefined
}

const inNotes = (key: string): readonly Rule[] => notes.map((tag) => ({ tag, extract: noted(key) }))

const entire = (keyword: string): Rule => ({ tag: tagOf(keyword), extract: (text) => text.trim() || undefined })

const standard: RoutingRules = {
  project: [...inNotes('Project'), entire('StudyDescription'), entire('AccessionNumber')],
  subject: [...inNotes('Subject'), entire('PatientName')],
  session: [...inNotes('Session'), entire('PatientID')],
}

/** Where the wish to archive at once may be noted. */
export const autoArchiveRules: readonly Rule[] = inNotes('AA')

/** The standard rules with configured ones around them. */
export const routingRules = ({ project, subject, session, projectLast }: ConfiguredRules = {}): RoutingRules => ({
  project: [...(project ?? []), ...standard.project, ...(projectLast ?? [])],
  subject: [...(subject ?? []), ...standard.subject],
  session: [...(session ?? []), ...standard.session],
})

/**
 * Rules as administrators write them, one per line: `(gggg,eeee):REGEX[:GROUP][ t:TARGET r:REPLACEMENT]`.
 * @throws ArchiveError 'invalid' naming the first line that is none
 */
export const parseRules = (text: string): readonly Rule[] => linesOf(text).map((line) => ofLine(line, parseRule))

/** The rules that can be read, and a line about each that cannot. */
export function readableRules(text: string): Readonly<{ rules: readonly Rule[]; faults: readonly string[] }> {
  const rules: Rule[] = []
  const faults: string[] = []
  for (const line of linesOf(text)) {
    try {
      rules.push(ofLine(line, parseRule))
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error)
      faults.push(because)
    }
  }
  return { rules, faults }
}

/** Whether contents of a configuration are rules of the site (import 3.3). */
export const isRulesPlace = ({ tool, path }: Readonly<{ tool: string; path: string }>): boolean =>
  tool === 'dicom' && /^(?:project|subject|session)Rules$/.test(path)

const RULE = /^\s*\(([0-9A-F]{4}),([0-9A-F]{4})\):(.+?)(?::(\d{1,3}))?(?:\st:(.+?)\sr:(.*))?$/i

function parseRule(line: string): Rule {
  const [, group = '', element = '', regex = '', number = '1', target, replacement = ''] = RULE.exec(line) ?? []
  if (regex === '') return wrong(line, 'it should read (gggg,eeee):REGEX:GROUP t:TARGET r:REPLACEMENT')
  const pattern = compilePattern(regex.trim(), 'rules')
  if (Number(number) > pattern.groups) return wrong(line, `its expression has no group ${number}`)
  const replaced = target === undefined ? undefined : compilePattern(target, 'rules')
  return {
    tag: `${group}${element}`.toUpperCase(),
    extract: extraction(pattern, Number(number), replaced, replacement),
  }
}

function wrong(line: string, because: string): never {
  return refuse({ kind: 'invalid', field: 'rules', because: `The routing rule ${line} cannot be used: ${because}.` })
}

function extraction(pattern: Pattern, group: number, target: Pattern | undefined, replacement: string) {
  return (text: string): string | undefined => {
    const found = pattern.whole(text.slice(0, MAX_TEXT_LENGTH))?.[group]
    const replaced = found === undefined || !target ? found : target.replace(found, replacement)
    return replaced?.trim() || undefined
  }
}

/** The tags that rules look at, as texts. */
export function tagsOf({ project, subject, session }: RoutingRules): ReadonlyMap<Tag, string> {
  return new Map([...project, ...subject, ...session].map(({ tag }) => [tag, 'LO']))
}
