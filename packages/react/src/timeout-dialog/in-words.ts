// Durations in English.

const UNITS = [
	['day', 86_400],
	['hour', 3600],
	['minute', 60],
	['second', 1],
] as const

const many = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`

/** `1 minute 30 seconds`; what is begun of a second counts. */
export function inWords(seconds: number): string {
	let left = Math.ceil(seconds)
	const parts: string[] = []
	for (const [unit, size] of UNITS) {
		const count = Math.floor(left / size)
		if (count) parts.push(many(count, unit))
		left %= size
	}
	return parts.join(' ') || many(0, 'second')
}
