/** A request that outlives its page (Beacon section 3). A browser that has none, or enough of them under way, sends nothing. */
export function beacon(url: string, json: string): void {
	navigator.sendBeacon?.(url, new Blob([json], { type: 'application/json' }))
}
