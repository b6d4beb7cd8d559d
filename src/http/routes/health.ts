import { readinessOf } from '../../archive/readiness.ts'
import type { Answer, Call, Route } from '../call.ts'
import { notReadyStatus } from '../error-reply.ts'
import { jsonAnswer } from '../json-answer.ts'

async function health(): Promise<Answer> {
  return uncached(jsonAnswer({ status: 'ok' }))
}

async function ready(call: Call): Promise<Answer> {
  const found = await readinessOf(call.archive)
  const answers = (yes: boolean): string => (yes ? 'ok' : 'does not answer')
  const parts = { catalog: answers(found.catalog), disk: answers(found.disk) }
  if (found.catalog && found.disk) return uncached(jsonAnswer({ status: 'ok', ...parts }))
  return uncached(jsonAnswer({ status: 'not ready', ...parts }, notReadyStatus))
}

const uncached = (answer: Answer): Answer => ({
  ...answer,
  headers: { ...answer.headers, 'cache-control': 'no-store' },
})

const page = 'Health'
/** For whoever watches the process: no sign-in, nothing about what is stored. */
export const healthRoutes: readonly Route[] = [
  { page, paths: ['/health'], open: true, GET: { says: 'The process lives', respond: health } },
  {
    page,
    paths: ['/ready'],
    open: true,
    GET: {
      says: 'The catalog answers and the disk takes a file',
      respond: ready,
      statuses: { 503: 'One of them does not answer' },
    },
  },
]
