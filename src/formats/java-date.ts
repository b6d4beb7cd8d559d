/**
 * A moment in the layout `EEE MMM dd HH:mm:ss zzz yyyy`, e.g. `Tue Mar 05 14:02:29 UTC 2024`: clients parse exactly
 * this, English names included (scans 3.3).
 * @param iso ISO 8601
 */
export function javaDate(iso: string): string {
  const [weekday, day, month, year, time] = new Date(iso).toUTCString().split(/,? /)
  return `${weekday} ${month} ${day} ${time} UTC ${year}`
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

const padded = (value: number, width: number): string => String(value).padStart(width, '0')
const named = (name: string, width: number): string => (width < 4 ? name.slice(0, 3) : name)

/** What each letter of a layout stands for. */
const letters: Readonly<Record<string, (at: Date, width: number) => string>> = {
  y: (at, width) => (width === 2 ? padded(at.getUTCFullYear() % 100, 2) : padded(at.getUTCFullYear(), width)),
  M: (at, width) => (width < 3 ? padded(at.getUTCMonth() + 1, width) : named(MONTHS[at.getUTCMonth()]!, width)),
  d: (at, width) => padded(at.getUTCDate(), width),
  E: (at, width) => named(DAYS[at.getUTCDay()]!, width),
  H: (at, width) => padded(at.getUTCHours(), width),
  h: (at, width) => padded(at.getUTCHours() % 12 || 12, width),
  m: (at, width) => padded(at.getUTCMinutes(), width),
  s: (at, width) => padded(at.getUTCSeconds(), width),
  S: (at, width) => padded(at.getUTCMilliseconds(), width),
  a: (at) => (at.getUTCHours() < 12 ? 'AM' : 'PM'),
  z: () => 'UTC',
  Z: () => '+0000',
  X: () => 'Z',
}

/**
 * A moment in a layout such as `yyyy-MM-dd HH:mm:ss`, in UTC; text between single quotes stands for itself.
 * @param iso ISO 8601
 * @returns undefined for a layout with letters that mean nothing here
 */
export function dateInLayout(layout: string, iso: string): string | undefined {
  const at = new Date(iso)
  const pieces = [...layout.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'/g)].map(
    ([piece, quoted, letter]) => {
      if (quoted !== undefined) return quoted.replaceAll("''", "'") || "'"
      return letter === undefined ? piece : letters[letter]?.(at, piece.length)
    },
  )
  return pieces.includes(undefined) ? undefined : pieces.join('')
}
