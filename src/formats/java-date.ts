/**
 * A moment in the layout `EEE MMM dd HH:mm:ss zzz yyyy`, e.g. `Tue Mar 05 14:02:29 UTC 2024`: clients parse exactly
 * this, English names included (scans 3.3).
 * @param iso ISO 8601
 */
export function javaDate(iso: string): string {
  const [weekday, day, month, year, time] = new Date(iso).toUTCString().split(/,? /)
  return `${weekday} ${month} ${day} ${time} UTC ${year}`
}
