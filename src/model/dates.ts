type Parts = Readonly<{ year: number; month: number; day: number }>
type Clock = Readonly<{ hour: number; minute: number; second: number; fraction: string }>

const isoDate = /^(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})$/
const dateForms = [
  isoDate,
  /^(?<month>\d{1,2})\/(?<day>\d{1,2})\/(?<year>\d{4})$/,
  /^(?<month>\d{1,2})\.(?<day>\d{1,2})\.(?<year>\d{4})$/,
  /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})$/,
]
const timeForms = [
  /^(?<hour>\d{1,2}):(?<minute>\d{2}):(?<second>\d{2})(?:\.(?<fraction>\d{1,9}))?$/,
  /^(?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2})$/,
]
// `Tue Mar 05 14:02:29 UTC 2024`, the default text of a Java date.
const javaDate = /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>\d{2}) (?<clock>\d{2}:\d{2}:\d{2}) \S+ (?<year>\d{4})$/
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `yyyy-MM-dd` of a date in one of the accepted spellings; undefined when it is none or no such day exists. */
export function readDate(text: string): string | undefined {
  const parts = findDate(text) ?? findJavaDate(text)?.parts
  return parts && dateText(parts)
}

/** `HH:mm:ss` of a time of day; a fraction of a second is dropped. */
export function readTime(text: string): string | undefined {
  const clock = findTime(text)
  return clock && clockText(clock)
}

/**
 * `yyyy-MM-dd HH:mm:ss.S` of a date with or without a time; with an offset it is turned into UTC. A time without a
 * date stays a time: PET sessions have date-times where older documents hold times.
 */
export function readDateTime(text: string): string | undefined {
  const java = findJavaDate(text)
  if (java) return momentText(java.parts, java.clock)
  const day = findDate(text)
  if (day) return momentText(day, { hour: 0, minute: 0, second: 0, fraction: '' })
  const [, date = '', time = '', offset = ''] = /^(\S{8,10})[T ]([\d:.]{6,18})(Z|[+-]\d{2}:?\d{2})?$/.exec(text) ?? []
  const [parts, clock] = [findDate(date), findTime(time)]
  if (parts && clock) return inUtc(parts, clock, offset)
  return readTime(text)
}

function findDate(text: string): Parts | undefined {
  for (const form of dateForms) {
    const groups = form.exec(text)?.groups
    if (groups) return realDay(Number(groups['year']), Number(groups['month']), Number(groups['day']))
  }
  return undefined
}

function findTime(text: string): Clock | undefined {
  for (const form of timeForms) {
    const groups = form.exec(text)?.groups
    if (groups) return realTime(groups)
  }
  return undefined
}

function findJavaDate(text: string): { parts: Parts; clock: Clock } | undefined {
  const groups = javaDate.exec(text)?.groups
  const month = months.indexOf(groups?.['month'] ?? '') + 1
  if (!groups || month === 0) return undefined
  const parts = realDay(Number(groups['year']), month, Number(groups['day']))
  const clock = findTime(groups['clock'] ?? '')
  return parts && clock && { parts, clock }
}

function realDay(year: number, month: number, day: number): Parts | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const real =
    year > 0 && date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return real ? { year, month, day } : undefined
}

function realTime(groups: Readonly<Record<string, string | undefined>>): Clock | undefined {
  const [hour, minute, second] = [Number(groups['hour']), Number(groups['minute']), Number(groups['second'])]
  if (hour > 23 || minute > 59 || second > 59) return undefined
  return { hour, minute, second, fraction: groups['fraction'] ?? '' }
}

function inUtc(parts: Parts, clock: Clock, offset: string): string | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(offset) ?? []
  if (!sign) return momentText(parts, clock)
  const shift = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? 1 : -1)
  const date = new Date(0)
  date.setUTCFullYear(parts.year, parts.month - 1, parts.day)
  date.setUTCHours(clock.hour, clock.minute + shift, clock.second)
  const moved = realDay(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())
  return moved && momentText(moved, { ...clock, hour: date.getUTCHours(), minute: date.getUTCMinutes() })
}

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0')

function dateText({ year, month, day }: Parts): string {
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`
}

function clockText({ hour, minute, second }: Clock): string {
  return `${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}`
}

function momentText(parts: Parts, clock: Clock): string {
  return `${dateText(parts)} ${clockText(clock)}.${clock.fraction.replace(/0+$/, '') || '0'}`
}
