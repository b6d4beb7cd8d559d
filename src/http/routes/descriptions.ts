import { readFile } from 'node:fs/promises'
import { apiPageBody } from '../api-page.ts'
import type { Answer, Call, Route } from '../call.ts'
import { jsonAnswer } from '../json-answer.ts'
import { openApiDocument } from '../openapi.ts'
import { pageAnswer } from '../pages.ts'

const page = 'Descriptions'

/**
 * The API described, for programs and for people, with no sign-in: it says nothing of what is stored.
 * @param pages every other route; these two describe themselves too
 */
export function descriptionRoutes(pages: readonly Route[]): readonly Route[] {
  const own: readonly Route[] = [
    {
      page,
      paths: ['/openapi.json'],
      open: true,
      GET: { says: 'This API as an OpenAPI 3.1 document', respond: (call) => openApi(call, all) },
    },
    {
      page,
      paths: ['/docs'],
      open: true,
      GET: { says: 'This API as a page for people', respond: () => apiPage(all), gives: ['text/html'] },
    },
  ]
  const all = [...pages, ...own]
  return own
}

async function openApi({ siteUrl }: Call, routes: readonly Route[]): Promise<Answer> {
  return jsonAnswer(openApiDocument({ routes, version: await programVersion(), siteUrl }))
}

async function apiPage(routes: readonly Route[]): Promise<Answer> {
  return pageAnswer({ title: 'Isocenter: REST API', body: apiPageBody(routes, await programVersion()) })
}

async function programVersion(): Promise<string> {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
