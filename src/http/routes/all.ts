import type { Route } from '../call.ts'

/** Every place the server answers at, page by page of the API. */
export const allRoutes: readonly Route[] = []
