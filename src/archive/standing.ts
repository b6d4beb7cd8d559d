import type { Action } from '../model/access.ts'
import type { Place } from './places.ts'

/** How a viewer stands to a record that several projects may see; `allows` is the rule of one of them alone. */
export type Standing = Readonly<{
  places: readonly Place[]
  owner: Place
  place: Place
  status: string
  allows: (at: Place, action: Action) => boolean
}>

/** The rule of hierarchy 8 for something that several projects may see. */
export function mayWith({ places, owner, place, status, allows }: Standing): (action: Action) => boolean {
  return (action) => {
    if (status === 'quarantine' && !allows(owner, 'activate')) return false
    if (action === 'read') return places.some((one) => allows(one, 'read'))
    if ((action === 'edit' || action === 'delete') && (status === 'locked' || status === 'obsolete')) return false
    // Through a project it is shared into, the right is needed there as well.
    return allows(owner, action) && (place.owner || allows(place, action))
  }
}

/** Why nobody may change a record with this status; undefined where it depends on the viewer. */
export function whySealed({ status }: { status: string }): string | undefined {
  if (status !== 'locked' && status !== 'obsolete') return undefined
  return `This is ${status}, and is not changed until somebody who may sets it free with activate=true.`
}
