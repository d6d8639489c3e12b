/** What a photo of a new record shows, by its place in the row and by what was done about the problem. Pure. */
import { Outcome, PhotoRole } from '@shared/contract/vocabulary'

/** The role the next shot gets. */
export function nextRole(outcome: Outcome, roles: readonly PhotoRole[]): PhotoRole {
  if (outcome === Outcome.FIXED_ON_SPOT) return roles.includes(PhotoRole.BEFORE) ? PhotoRole.AFTER : PhotoRole.BEFORE
  return roles.includes(PhotoRole.SCENE) ? PhotoRole.CLOSE : PhotoRole.SCENE
}

/** The roles after the outcome changed: what was taken before the action stays "before". */
export function rolesFor(outcome: Outcome, roles: readonly PhotoRole[]): PhotoRole[] {
  if (outcome === Outcome.FIXED_ON_SPOT) {
    return roles.map((role) => (role === PhotoRole.SCENE || role === PhotoRole.CLOSE ? PhotoRole.BEFORE : role))
  }
  return roles.map((role, nth) => {
    if (role !== PhotoRole.BEFORE && role !== PhotoRole.AFTER) return role
    return nth === 0 ? PhotoRole.SCENE : PhotoRole.CLOSE
  })
}
