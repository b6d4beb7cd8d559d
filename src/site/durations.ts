const SECOND_MS = 1000
const DAY_MS = 86_400 * SECOND_MS

const unitsMs: Readonly<Record<string, number>> = {
  second: SECOND_MS,
  minute: 60 * SECOND_MS,
  hour: 3600 * SECOND_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 30 * DAY_MS,
  year: 365 * DAY_MS,
}

/** What was understood last: settings that every request asks for are few, and seldom change. */
const known = new Map<string, number | undefined>()
const MAX_KNOWN = 50

/** Milliseconds of a text such as `15 minutes` or `1 hour 30 minutes`; undefined when it is none, or no time at all. */
export function durationMs(text: string): number | undefined {
  if (known.has(text)) return known.get(text)
  const duration = understood(text)
  if (known.size < MAX_KNOWN) known.set(text, duration)
  return duration
}

function understood(text: string): number | undefined {
  if (!/^\s*(\d{1,6}\s+[a-z]+\s*)+$/i.test(text)) return undefined
  let sum = 0
  for (const [, count, word] of text.matchAll(/(\d+)\s+([a-z]+)/gi)) {
    const unit = unitsMs[word!.toLowerCase().replace(/s$/, '')]
    if (unit === undefined) return undefined
    sum += Number(count) * unit
  }
  return sum > 0 ? sum : undefined
}
