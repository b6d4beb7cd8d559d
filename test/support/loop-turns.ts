/** Counts the turns of the event loop until `end` is called. */
export function loopTurns(): { end: () => number } {
  let turns = 0
  let next = setImmediate(function count() {
    turns++
    next = setImmediate(count)
  })
  return {
    end: () => {
      clearImmediate(next)
      return turns
    },
  }
}
