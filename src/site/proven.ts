import { createHmac, randomBytes } from 'node:crypto'
import { keepRecent } from './recent.ts'

/** How long a verified password is believed without hashing it again. */
const BELIEVED_MS = 5 * 60_000
const MAX_ENTRIES = 2000

/** A name and password as they were sent, with the hash that the catalog holds for that name. */
export type Claim = Readonly<{ login: string; password: string; stored: string | null }>

/**
 * Remembers which claims were found true, so that programs which send their password with every request cost one
 * argon2 run in five minutes and not one each. Claims are kept only as an HMAC under a key that this process forgets
 * with its end. The stored hash is part of it: a changed password makes its predecessor unknown at once.
 */
export type Proven = Readonly<{
  /** The answer for this claim: remembered, being found at this moment, or found now by `verify`. */
  check: (claim: Claim, verify: () => Promise<boolean>) => Promise<boolean>
}>

export function openProven(now: () => Date): Proven {
  const key = randomBytes(32)
  const answers = new Map<string, { until: number; answer: Promise<boolean> }>()
  return {
    check: (claim, verify) => {
      const mark = markOf(key, claim)
      const held = answers.get(mark)
      if (held && held.until > now().getTime()) return held.answer
      const answer = verify()
      keepRecent(answers, mark, { until: now().getTime() + BELIEVED_MS, answer }, MAX_ENTRIES)
      // Only what was found true is remembered; false answers are shared while they are being found.
      const forget = (): boolean => answers.get(mark)?.answer === answer && answers.delete(mark)
      answer.then((proven) => proven || forget(), forget)
      return answer
    },
  }
}

function markOf(key: Buffer, { login, password, stored }: Claim): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([login, password, stored]))
    .digest('base64')
}
