/** Puts an entry at the young end of a map and lets the oldest one go when there are more than `limit`. */
export function keepRecent<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, limit: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > limit) map.delete(map.keys().next().value!)
}
